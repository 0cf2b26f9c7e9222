import { z } from 'zod'
import { prepare } from '../db/database.ts'
import type { Services } from '../http/operation.ts'

export const personDetailsSchema = z.object({
  name: z.string(),
  cardNo: z.string(),
  phone: z.string().optional(),
})

/** What is known of a person that may not lie open in the database. */
export type PersonDetails = z.infer<typeof personDetailsSchema>

const selectSealed = prepare<{ sealed: Buffer }>(
  'select sealed from people where school_id = $1 and person_id = $2',
)

/**
 * Name, card number and phone of a person, for as long as the caller keeps them. Throws for a person
 * who does not exist.
 */
export async function openPerson(
  { db, keys }: Pick<Services, 'db' | 'keys'>,
  schoolId: string,
  personId: string,
): Promise<PersonDetails> {
  const [row] = await selectSealed(db.pool, [schoolId, personId])
  if (!row) throw new Error('there is no such person')
  return unsealPerson({ keys }, schoolId, personId, row.sealed)
}

/** The same for one whose row is there already. */
export async function unsealPerson(
  { keys }: Pick<Services, 'keys'>,
  schoolId: string,
  personId: string,
  sealed: Uint8Array,
): Promise<PersonDetails> {
  const text = await keys.open(contextOf(schoolId, personId), sealed)
  return personDetailsSchema.parse(JSON.parse(text))
}

/** The value of `people.sealed`. */
export function sealPerson(
  { keys }: Pick<Services, 'keys'>,
  schoolId: string,
  personId: string,
  details: PersonDetails,
): Promise<Uint8Array> {
  return keys.seal(contextOf(schoolId, personId), JSON.stringify(details))
}

/** The value of `people.card_no_index`, by which a card number finds its person. */
export function indexCardNo(
  { keys }: Pick<Services, 'keys'>,
  schoolId: string,
  cardNo: string,
): Promise<Uint8Array> {
  return keys.index(`card-no/${schoolId}`, cardNo)
}

function contextOf(schoolId: string, personId: string): string {
  return `people/${schoolId}/${personId}`
}
