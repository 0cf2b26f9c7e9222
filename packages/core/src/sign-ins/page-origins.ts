import { prepare, type Queryable } from '../db/database.ts'

const select = prepare<{ origins: string[] }>('select origins from schools where school_id = $1')

/** @returns undefined for a school that does not exist. */
export async function findSchoolOrigins(
  on: Queryable,
  schoolId: string,
): Promise<string[] | undefined> {
  return (await select(on, [schoolId]))[0]?.origins
}

/** Whether a page is on one of the school's origins, or the BFF's, to which alone people and tickets are sent. */
export async function isPageOfOurs(
  on: Queryable,
  schoolId: string,
  page: string,
  bffOrigin: string | undefined,
): Promise<boolean> {
  const { origin, username, password } = new URL(page)
  if (username !== '' || password !== '') return false
  const origins = await findSchoolOrigins(on, schoolId)
  return origins !== undefined && (origin === bffOrigin || origins.includes(origin))
}
