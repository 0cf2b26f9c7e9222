import type { CardStatus } from '@campus-ecode/protocol/card'
import type { PersonClass } from '@campus-ecode/protocol/shapes'
import { prepare, type Queryable, type Tx } from '../db/database.ts'

/** Somebody of the register, as they stand. */
export interface CurrentPerson {
  person_id: string
  class: PersonClass
  campus: string | null
  groups: string[]
  agreement_urged: boolean
  sealed: Buffer
  card_status: CardStatus
}

const selectCurrent = prepare<CurrentPerson>(
  `select p.person_id, p.class, p.campus, p.groups, p.agreement_urged, p.sealed, y.card_status
     from people p
     join payers y on y.school_id = p.school_id and y.person_id = p.person_id
    where p.school_id = $1 and p.person_id = any ($2)`,
)

export async function findCurrent(
  on: Queryable,
  schoolId: string,
  personIds: readonly string[],
): Promise<Map<string, CurrentPerson>> {
  const rows = await selectCurrent(on, [schoolId, personIds])
  return new Map(rows.map((row) => [row.person_id, row]))
}

const updateDetails = prepare(
  // The end of the phone number is looked at anew (staff/people/phone-tails.ts).
  `update people set sealed = $3, masked_name = $4, phone_tail_index = null
    where school_id = $1 and person_id = $2 and erased_at is null`,
)

/** Of whoever had themselves deleted since they were found, nothing comes back (R42). */
export async function saveDetails(
  tx: Tx,
  schoolId: string,
  { personId, sealed, maskedName }: { personId: string; sealed: Uint8Array; maskedName: string },
): Promise<void> {
  await updateDetails(tx, [schoolId, personId, sealed, maskedName])
}

const selectAbsent = prepare<{ person_id: string }>(
  `select p.person_id
     from people p
     join payers y on y.school_id = p.school_id and y.person_id = p.person_id
    where p.school_id = $1 and p.class = any ($2) and y.card_status <> 'closed'
      and not (p.person_id = any ($3))`,
)

/** Whom a register of these classes does not name any more. */
export async function findAbsent(
  on: Queryable,
  schoolId: string,
  classes: readonly PersonClass[],
  personIds: readonly string[],
): Promise<string[]> {
  const rows = await selectAbsent(on, [schoolId, classes, personIds])
  return rows.map(({ person_id }) => person_id)
}
