import { prepare } from '../db/database.ts'
import type { Services } from '../http/operation.ts'

/** What is sealed at rest: never to be logged, answered only to the person. */
export interface PersonSecrets {
  name: string
  cardNo: string
  phone?: string
}

const select = prepare<{ sealed: Buffer }>(
  'select sealed from people where school_id = $1 and person_id = $2',
)

/** The sealed part of a person, opened by the key process. */
export async function openPerson(
  services: Services,
  schoolId: string,
  personId: string,
): Promise<PersonSecrets> {
  const [row] = await select(services.db.pool, [schoolId, personId])
  if (!row) throw new Error('a person who was just seen is gone')
  return JSON.parse(await services.keys.open(sealContext(schoolId, personId), row.sealed))
}

/** Where the sealed part belongs; it opens nowhere else. */
export function sealContext(schoolId: string, personId: string): string {
  return `people/${schoolId}/${personId}`
}

/** The other half of `openPerson`. */
export function sealPerson(
  services: Pick<Services, 'keys'>,
  schoolId: string,
  personId: string,
  secrets: PersonSecrets,
): Promise<Uint8Array> {
  return services.keys.seal(sealContext(schoolId, personId), JSON.stringify(secrets))
}
