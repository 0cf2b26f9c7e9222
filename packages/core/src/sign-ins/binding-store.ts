import { prepare, type Queryable, type Tx } from '../db/database.ts'
import type { Services } from '../http/operation.ts'

/** By what somebody's WeChat is known: openids differ from app to app. */
export type SignInApp = 'official_account' | 'mini_program'

export interface KnownOpenid {
  openidIndex: Uint8Array
  /** Opened by whoever sends the person messages. */
  sealedOpenid: Uint8Array
}

const contextOf = (schoolId: string, app: SignInApp) => `sign-in/${schoolId}/${app}`

/** An openid as it is kept: to be found by, and to be opened. */
export async function keepOpenid(
  { keys }: Pick<Services, 'keys'>,
  schoolId: string,
  app: SignInApp,
  openid: string,
): Promise<KnownOpenid> {
  const context = contextOf(schoolId, app)
  return {
    openidIndex: await keys.index(context, openid),
    sealedOpenid: await keys.seal(context, openid),
  }
}

export function openOpenid(
  { keys }: Pick<Services, 'keys'>,
  schoolId: string,
  app: SignInApp,
  sealed: Uint8Array,
): Promise<string> {
  return keys.open(contextOf(schoolId, app), sealed)
}

const selectPerson = prepare<{ person_id: string }>(
  `select person_id from sign_in_bindings
    where school_id = $1 and app = $2 and openid_index = $3 for share`,
)
/** Whom a WeChat signs in; until the end of the transaction nobody takes it from them. */
export async function findSignedInPerson(
  on: Queryable,
  schoolId: string,
  app: SignInApp,
  openidIndex: Uint8Array,
): Promise<string | undefined> {
  return (await selectPerson(on, [schoolId, app, openidIndex]))[0]?.person_id
}

const save = prepare(
  `insert into sign_in_bindings (school_id, person_id, app, openid_index, sealed_openid)
   values ($1, $2, $3, $4, $5)
   on conflict (school_id, person_id, app) do update
     set openid_index = excluded.openid_index, sealed_openid = excluded.sealed_openid, bound_at = now()`,
)
/**
 * In place of the WeChat that the person had there, if they had one. Fails by the index on it when the WeChat is
 * somebody else's.
 */
export async function saveSignInBinding(
  tx: Tx,
  schoolId: string,
  personId: string,
  app: SignInApp,
  { openidIndex, sealedOpenid }: KnownOpenid,
): Promise<void> {
  await save(tx, [schoolId, personId, app, openidIndex, sealedOpenid])
  await voidTickets(tx, [schoolId, personId])
}

// A statement of its own, which sees what whoever held the binding has just written.
const voidTickets = prepare(
  `update sign_in_tickets set expires_at = now()
    where school_id = $1 and person_id = $2 and channel <> 'school' and expires_at > now()`,
)

const remove = prepare<{ removed: 1 }>(
  'delete from sign_in_bindings where school_id = $1 and person_id = $2 returning 1 as removed',
)
/** @returns Whether there was one. To be called under the payer's lock. */
export async function deleteSignInBindings(
  tx: Tx,
  schoolId: string,
  personId: string,
): Promise<boolean> {
  const removed = await remove(tx, [schoolId, personId])
  await voidTickets(tx, [schoolId, personId])
  return removed.length > 0
}

const selectAny = prepare<{ bound: boolean }>(
  `select exists (select from sign_in_bindings where school_id = $1 and person_id = $2) as bound`,
)
/** Whether any WeChat signs the person in. */
export async function hasSignInBinding(
  on: Queryable,
  schoolId: string,
  personId: string,
): Promise<boolean> {
  return (await selectAny(on, [schoolId, personId]))[0]?.bound ?? false
}
