import { prepare, type Queryable, type Tx } from '../db/database.ts'
import type { KnownOpenid, SignInApp } from './binding-store.ts'

/** How often one journey is begun: the first time, and again where its code was used or the browser lost. */
export const JOURNEYS_MAX = 3

const insertStart = prepare<{ expires_at: Date }>(
  `insert into channel_sign_ins (school_id, sign_in_id, app, return_to, start_hash, challenge, person_id)
   values ($1, $2, 'official_account', $3, $4, $5, $6) returning expires_at`,
)
/** @param signIn.by What it is for: a sign-in of the page with this challenge, or to pay for this person (R27). */
export async function insertSignIn(
  tx: Tx,
  signIn: {
    schoolId: string
    signInId: string
    returnTo: string
    startHash: Uint8Array
    by: { challenge: string } | { personId: string }
  },
): Promise<Date> {
  const { schoolId, signInId, returnTo, startHash, by } = signIn
  const [challenge, personId] = 'personId' in by ? [null, by.personId] : [by.challenge, null]
  const values = [schoolId, signInId, returnTo, startHash, challenge, personId]
  const [row] = await insertStart(tx, values)
  if (!row) throw new Error('the sign-in was not stored')
  return row.expires_at
}

export interface SignInRow {
  school_id: string
  sign_in_id: string
  app: SignInApp
  challenge: string | null
  /** Whoever asked to pay with their WeChat (R27); of nobody: somebody signs in. */
  person_id: string | null
  return_to: string
  journeys: number
}
const COLUMNS = 'school_id, sign_in_id, app, challenge, person_id, return_to, journeys'

const selectByStart = prepare<SignInRow>(
  `select ${COLUMNS} from channel_sign_ins
    where school_id = $1 and start_hash = $2 and expires_at > now() and bound_at is null`,
)
export async function findByStart(
  on: Queryable,
  schoolId: string,
  startHash: Uint8Array,
): Promise<SignInRow | undefined> {
  return (await selectByStart(on, [schoolId, startHash]))[0]
}

const selectByState = prepare<SignInRow>(
  `select ${COLUMNS} from channel_sign_ins
    where school_id = $1 and state_hash = $2 and expires_at > now() and bound_at is null`,
)
export async function findByState(
  on: Queryable,
  schoolId: string,
  stateHash: Uint8Array,
): Promise<SignInRow | undefined> {
  return (await selectByState(on, [schoolId, stateHash]))[0]
}

const updateStart = prepare(
  'update channel_sign_ins set start_hash = $3 where school_id = $1 and sign_in_id = $2',
)
/** It begins again from another address. */
export async function saveStart(
  on: Queryable,
  { school_id: schoolId, sign_in_id: signInId }: SignInRow,
  startHash: Uint8Array,
): Promise<void> {
  await updateStart(on, [schoolId, signInId, startHash])
}

const updateJourney = prepare<{ journeys: number }>(
  `update channel_sign_ins set state_hash = $3, journeys = journeys + 1, returned_at = null
    where school_id = $1 and sign_in_id = $2 and journeys < ${JOURNEYS_MAX} and expires_at > now()
      and bound_at is null
   returning journeys`,
)
/** One more journey to WeChat, under a state that only this browser has. False: it has made them all. */
export async function beginJourney(
  on: Queryable,
  { school_id: schoolId, sign_in_id: signInId }: SignInRow,
  stateHash: Uint8Array,
): Promise<boolean> {
  return (await updateJourney(on, [schoolId, signInId, stateHash])).length > 0
}

const endJourney = prepare<SignInRow & { is_first: boolean }>(
  `update channel_sign_ins s set returned_at = coalesce(s.returned_at, now())
     from (select school_id, sign_in_id, returned_at from channel_sign_ins
            where school_id = $1 and state_hash = $2 for update) before
    where s.school_id = before.school_id and s.sign_in_id = before.sign_in_id
      and s.expires_at > now() and s.bound_at is null
   returning ${COLUMNS.split(', ')
     .map((column) => `s.${column}`)
     .join(', ')}, before.returned_at is null as is_first`,
)
/** Somebody is back with this state; `is_first`: nobody was before. */
export async function returnFromJourney(
  on: Queryable,
  schoolId: string,
  stateHash: Uint8Array,
): Promise<(SignInRow & { is_first: boolean }) | undefined> {
  return (await endJourney(on, [schoolId, stateHash]))[0]
}

const updatePage = prepare(
  `update channel_sign_ins
      set page_hash = $3, openid_index = $4, sealed_openid = $5,
          expires_at = now() + case when person_id is null then interval '10 minutes' else interval '2 minutes' end
    where school_id = $1 and sign_in_id = $2`,
)
/**
 * The openid is known, and what is done about it is the page's: ours, that asks for number and password, or the one
 * that confirms in the session of who asked. The hash is of what it says that with: ours with time to type, the
 * other as soon as it is there.
 */
export async function beginPage(
  on: Queryable,
  { school_id: schoolId, sign_in_id: signInId }: SignInRow,
  pageHash: Uint8Array,
  { openidIndex, sealedOpenid }: KnownOpenid,
): Promise<void> {
  await updatePage(on, [schoolId, signInId, pageHash, openidIndex, sealedOpenid])
}

const insertPage = prepare<{ expires_at: Date }>(
  `insert into channel_sign_ins (school_id, sign_in_id, app, page_hash, openid_index, sealed_openid)
   values ($1, $2, 'mini_program', $3, $4, $5) returning expires_at`,
)
/** The same for a mini-program, where it is all there is. */
export async function insertPageOfMiniProgram(
  tx: Tx,
  schoolId: string,
  signInId: string,
  pageHash: Uint8Array,
  { openidIndex, sealedOpenid }: KnownOpenid,
): Promise<Date> {
  const [row] = await insertPage(tx, [schoolId, signInId, pageHash, openidIndex, sealedOpenid])
  if (!row) throw new Error('the sign-in was not stored')
  return row.expires_at
}

export type PageRow = SignInRow & {
  openid_index: Buffer
  sealed_openid: Buffer
  bound_at: Date | null
}

const selectByPage = prepare<PageRow>(
  `select ${COLUMNS}, openid_index, sealed_openid, bound_at from channel_sign_ins
    where school_id = $1 and page_hash = $2 and person_id is null and expires_at > now()`,
)
export async function findByPage(
  on: Queryable,
  schoolId: string,
  pageHash: Uint8Array,
): Promise<PageRow | undefined> {
  return (await selectByPage(on, [schoolId, pageHash]))[0]
}

const finish = prepare<{ done: 1 }>(
  `update channel_sign_ins set bound_at = now()
    where school_id = $1 and sign_in_id = $2 and bound_at is null and expires_at > now()
   returning 1 as done`,
)
/** @returns False when it is over, or somebody was faster. */
export async function finishSignIn(
  tx: Tx,
  { school_id: schoolId, sign_in_id: signInId }: SignInRow,
): Promise<boolean> {
  return (await finish(tx, [schoolId, signInId])).length > 0
}

const confirm = prepare<{ openid_index: Buffer; sealed_openid: Buffer }>(
  `update channel_sign_ins set bound_at = now(), return_to = ''
    where school_id = $1 and page_hash = $2 and person_id = $3 and bound_at is null and expires_at > now()
   returning openid_index, sealed_openid`,
)
/** Uses a token up by which a WeChat shall pay; nothing when it is not good, not any more, or another person's. */
export async function spendToken(
  tx: Tx,
  schoolId: string,
  tokenHash: Uint8Array,
  personId: string,
): Promise<KnownOpenid | undefined> {
  const [row] = await confirm(tx, [schoolId, tokenHash, personId])
  return row && { openidIndex: row.openid_index, sealedOpenid: row.sealed_openid }
}
