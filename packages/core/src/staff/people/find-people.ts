import type { ListedPerson } from '@campus-ecode/protocol/staff-people'
import { maskName } from '../../people/mask.ts'
import { indexCardNo, unsealPerson } from '../../people/open-person.ts'
import { isSameName } from '../../people/same-name.ts'
import type { StaffContext, StaffOutcome } from '../context.ts'
import { indexPhoneTail } from './phone-tails.ts'
import { type FoundRow, findByCardNo, findByMaskedName, findByPhoneTail } from './store.ts'

const LISTED_MAX = 20
/** Of 50,000 people a few dozen look alike when masked; of a commoner name's bearers a few hundred. */
const LOOK_ALIKES_MAX = 500

/** People by something of theirs that is known whole; what is listed is masked. */
export async function findPeople(ctx: StaffContext<'findPeople'>): StaffOutcome<'findPeople'> {
  const { services, staff, body, about } = ctx
  const { pool } = services.db
  const { schoolId } = staff
  let rows: FoundRow[]
  if ('cardNo' in body) {
    // What was typed is somebody's number or name, so the log says by what, and not what.
    about.ref = 'by card number'
    rows = await findByCardNo(pool, schoolId, await indexCardNo(services, schoolId, body.cardNo))
  } else if ('phoneTail' in body) {
    about.ref = 'by phone'
    const index = await indexPhoneTail(services, schoolId, body.phoneTail)
    rows = await findByPhoneTail(pool, schoolId, index, LISTED_MAX + 1)
  } else {
    about.ref = 'by name'
    const mask = maskName(body.name.trim())
    const alike = await findByMaskedName(pool, schoolId, mask, LOOK_ALIKES_MAX)
    const names = await Promise.all(
      alike.map((row) => unsealPerson(services, schoolId, row.person_id, row.sealed)),
    )
    rows = alike.filter((_, at) => isSameName(names[at]?.name ?? '', body.name))
  }
  if (rows.length === 1) about.personId = rows[0]?.person_id
  const people = rows.slice(0, LISTED_MAX).map(toListedPerson)
  return { status: 200, body: { people, more: rows.length > LISTED_MAX } }
}

export function toListedPerson(row: FoundRow): ListedPerson {
  return {
    personId: row.person_id,
    maskedName: row.masked_name,
    maskedCardNo: row.masked_card_no,
    class: row.class,
    campus: row.campus,
    cardStatus: row.card_status,
  }
}
