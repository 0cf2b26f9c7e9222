import { createHash, timingSafeEqual } from 'node:crypto'
import type { bffRoutes } from '@campus-ecode/protocol/core-api'
import { prepare } from '../db/database.ts'
import {
  type Answer,
  type BffCaller,
  type Context,
  type Refusal,
  refuse,
} from '../http/operation.ts'
import { indexCardNo } from '../people/open-person.ts'
import { noteSignIn } from './sign-ins.ts'

type ResolveSubject = typeof bffRoutes.resolveSubject

const selectSchool = prepare<SchoolRow>(
  `select secret_hash, origins,
          case when previous_secret_ends_at > now() then previous_secret_hash end as previous_hash
     from schools where school_id = $1`,
)
const selectPerson = prepare<{ person_id: string }>(
  'select person_id from people where school_id = $1 and card_no_index = $2',
)
const NO_SECRET: SchoolRow = {
  secret_hash: Buffer.alloc(32),
  previous_hash: null,
  origins: [],
}

interface SchoolRow {
  secret_hash: Buffer
  /** Of the secret before, while that is good (R35). */
  previous_hash: Buffer | null
  origins: string[]
}

/**
 * Checks a school's secret and finds the person whose card number it asserts (R1, R2a), who is told of
 * the sign-in where devices are listed (R6). All it writes is that there was one in this hour, so that a
 * repeat is harmless and no nonce needs remembering.
 *
 * Refuses: SCHOOL_CREDENTIALS_INVALID, for an unknown school as for a wrong secret; SUBJECT_UNKNOWN.
 */
export async function resolveSubject({
  params,
  body,
  services,
}: Context<ResolveSubject, BffCaller>): Promise<Answer<ResolveSubject> | Refusal> {
  const { schoolId } = params
  const [school = NO_SECRET] = await selectSchool(services.db.pool, [schoolId])
  // The secret has 256 random bits: a plain hash cannot be searched, a slow one would only cost.
  const given = createHash('sha256').update(body.secret).digest()
  const isGood =
    timingSafeEqual(given, school.secret_hash) ||
    (school.previous_hash !== null && timingSafeEqual(given, school.previous_hash))
  if (!isGood) return refuse('SCHOOL_CREDENTIALS_INVALID')
  const index = await indexCardNo(services, schoolId, body.cardNo)
  const [person] = await selectPerson(services.db.pool, [schoolId, index])
  if (!person) return refuse('SUBJECT_UNKNOWN')
  const signIn = { schoolId, personId: person.person_id, scopes: body.scopes }
  await noteSignIn(services.db.pool, { ...signIn, channel: 'school_server' })
  return {
    status: 200,
    body: { schoolId, personId: person.person_id, origins: school.origins },
  }
}
