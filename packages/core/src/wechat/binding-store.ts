import type { CardStatus } from '@campus-ecode/protocol/card'
import { prepare, type Queryable, type Tx } from '../db/database.ts'
import { type BoundPayer, indexPayer } from '../foreign-codes/foreign-codes.ts'
import type { Services } from '../http/operation.ts'

/** The value of `wechat_bindings.openid_index`, by which a WeChat finds its person. */
export function indexOpenid(
  services: Pick<Services, 'keys'>,
  schoolId: string,
  openid: string,
): Promise<Uint8Array> {
  return indexPayer(services, 'wechat', schoolId, openid)
}

/** The value of `wechat_bindings.sealed_openid`, for whoever sends the person messages there. */
export function sealOpenid(
  { keys }: Pick<Services, 'keys'>,
  schoolId: string,
  personId: string,
  openid: string,
): Promise<Uint8Array> {
  return keys.seal(`wechat/${schoolId}/${personId}`, openid)
}

export function openBoundOpenid(
  { keys }: Pick<Services, 'keys'>,
  schoolId: string,
  personId: string,
  sealed: Uint8Array,
): Promise<string> {
  return keys.open(`wechat/${schoolId}/${personId}`, sealed)
}

export interface WechatView {
  wallet_status: 'not_open' | 'open' | 'closed'
  card_status: CardStatus
  bound_at: Date | null
}

const selectView = prepare<WechatView>(
  `select y.wallet_status, y.card_status, b.bound_at
     from payers y
     left join wechat_bindings b on b.school_id = y.school_id and b.person_id = y.person_id
    where y.school_id = $1 and y.person_id = $2`,
)
export async function findWechat(
  on: Queryable,
  schoolId: string,
  personId: string,
): Promise<WechatView | undefined> {
  return (await selectView(on, [schoolId, personId]))[0]
}

const selectPayer = prepare<BoundPayer>(
  `select p.person_id, p.class, p.masked_name
     from wechat_bindings b
     join people p on p.school_id = b.school_id and p.person_id = b.person_id
    where b.school_id = $1 and b.openid_index = $2`,
)
/** Whose WeChat this is. */
export async function findBoundPayer(
  on: Queryable,
  schoolId: string,
  openidIndex: Uint8Array,
): Promise<BoundPayer | undefined> {
  return (await selectPayer(on, [schoolId, openidIndex]))[0]
}

const save = prepare(
  `insert into wechat_bindings (school_id, person_id, openid_index, sealed_openid)
   values ($1, $2, $3, $4)
   on conflict (school_id, person_id) do update
     set openid_index = excluded.openid_index, sealed_openid = excluded.sealed_openid, bound_at = now()`,
)
/**
 * In place of the WeChat that the person had, if they had one. Fails by the index on it when the WeChat
 * is somebody else's.
 */
export async function saveWechatBinding(
  tx: Tx,
  binding: {
    schoolId: string
    personId: string
    openidIndex: Uint8Array
    sealedOpenid: Uint8Array
  },
): Promise<void> {
  const { schoolId, personId, openidIndex, sealedOpenid } = binding
  await save(tx, [schoolId, personId, openidIndex, sealedOpenid])
}

const remove = prepare<{ removed: 1 }>(
  `delete from wechat_bindings where school_id = $1 and person_id = $2 returning 1 as removed`,
)
/** @returns Whether there was one. To be called under the payer's lock. */
export async function deleteWechatBinding(
  tx: Tx,
  schoolId: string,
  personId: string,
): Promise<boolean> {
  return (await remove(tx, [schoolId, personId])).length > 0
}

const insertState = prepare<{ expires_at: Date }>(
  `insert into wechat_sign_ins (school_id, state_hash, person_id, return_to)
   values ($1, $2, $3, $4)
   returning expires_at`,
)
export async function insertSignIn(
  tx: Tx,
  signIn: { schoolId: string; stateHash: Uint8Array; personId: string; returnTo: string },
): Promise<Date> {
  const { schoolId, stateHash, personId, returnTo } = signIn
  const [row] = await insertState(tx, [schoolId, stateHash, personId, returnTo])
  if (!row) throw new Error('the sign-in was not stored')
  return row.expires_at
}

const useState = prepare<{ person_id: string; return_to: string }>(
  `update wechat_sign_ins s set used_at = now(), return_to = ''
     from wechat_sign_ins before
    where s.school_id = $1 and s.state_hash = $2 and s.used_at is null and s.expires_at > now()
      and before.school_id = s.school_id and before.state_hash = s.state_hash
   returning s.person_id, before.return_to`,
)
/** Uses a state up; nothing when it is not good, or not any more. */
export async function spendSignIn(
  on: Queryable,
  schoolId: string,
  stateHash: Uint8Array,
): Promise<{ person_id: string; return_to: string } | undefined> {
  return (await useState(on, [schoolId, stateHash]))[0]
}

const saveOpenid = prepare(
  `update wechat_sign_ins set token_hash = $3, openid_index = $4, sealed_openid = $5
    where school_id = $1 and state_hash = $2`,
)
/** Who has signed in; the hash is of what the page confirms it with. */
export async function saveSignedIn(
  on: Queryable,
  { schoolId, stateHash }: { schoolId: string; stateHash: Uint8Array },
  signedIn: { tokenHash: Uint8Array; openidIndex: Uint8Array; sealedOpenid: Uint8Array },
): Promise<void> {
  const { tokenHash, openidIndex, sealedOpenid } = signedIn
  await saveOpenid(on, [schoolId, stateHash, tokenHash, openidIndex, sealedOpenid])
}

const confirmSignIn = prepare<{ openid_index: Buffer; sealed_openid: Buffer }>(
  `update wechat_sign_ins set confirmed_at = now()
    where school_id = $1 and token_hash = $2 and person_id = $3
      and confirmed_at is null and expires_at > now()
   returning openid_index, sealed_openid`,
)
/** Uses a token up; nothing when it is not good, not any more, or another person's. */
export async function spendToken(
  tx: Tx,
  schoolId: string,
  tokenHash: Uint8Array,
  personId: string,
): Promise<{ openidIndex: Uint8Array; sealedOpenid: Uint8Array } | undefined> {
  const [row] = await confirmSignIn(tx, [schoolId, tokenHash, personId])
  return row && { openidIndex: row.openid_index, sealedOpenid: row.sealed_openid }
}
