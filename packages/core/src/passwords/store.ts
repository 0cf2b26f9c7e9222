import { prepare, type Queryable } from '../db/database.ts'

export type PasswordState = 'not_set' | 'set' | 'locked'

const selectState = prepare<{ locked: boolean }>(
  `select locked_at is not null as locked from payment_passwords
    where school_id = $1 and person_id = $2`,
)

/** How a person's payment password stands (R16). */
export async function passwordState(
  on: Queryable,
  schoolId: string,
  personId: string,
): Promise<PasswordState> {
  const [row] = await selectState(on, [schoolId, personId])
  if (!row) return 'not_set'
  return row.locked ? 'locked' : 'set'
}

/** True while it is locked too: a lock must not open a weaker way. */
export async function isPasswordSet(
  on: Queryable,
  schoolId: string,
  personId: string,
): Promise<boolean> {
  return (await passwordState(on, schoolId, personId)) !== 'not_set'
}
