import type { GatheringRecords } from '@campus-ecode/protocol/access'
import { isRefusal, type PersonContext, type PersonOutcome } from '../http/operation.ts'
import { unsealPerson } from '../people/open-person.ts'
import { describeGathering } from './describe-gathering.ts'
import { findOwnGathering } from './own-gathering.ts'
import { findAttendees } from './store.ts'

const byName = new Intl.Collator('zh-CN')

/**
 * Who has signed in, with their names in full, for the organiser alone.
 *
 * Refuses: GATHERING_UNKNOWN, for another's as for none; GATHERING_TEACHERS_ONLY to a teacher of before.
 */
export async function getGatheringRecords({
  params,
  services,
}: PersonContext<'getGatheringRecords'>): PersonOutcome<'getGatheringRecords'> {
  const { schoolId, gatheringId } = params
  const { pool } = services.db
  const row = await findOwnGathering(pool, params)
  if (isRefusal(row)) return row
  const rows = await findAttendees(pool, schoolId, gatheringId)
  const attendees: GatheringRecords['attendees'] = await Promise.all(
    rows.map(async ({ person_id, sealed, masked_card_no, first_at, replayed }) => ({
      name: (await unsealPerson(services, schoolId, person_id, sealed)).name,
      maskedCardNo: masked_card_no,
      firstAt: first_at.toISOString(),
      replayed,
    })),
  )
  attendees.sort((a, b) => byName.compare(a.name, b.name))
  return {
    status: 200,
    body: { gathering: await describeGathering(pool, schoolId, row), attendees },
  }
}
