import type { CardStatus } from '@campus-ecode/protocol/card'
import { prepare, type Queryable, type Tx } from '../db/database.ts'
import { type BoundPayer, indexPayer } from '../foreign-codes/foreign-codes.ts'
import type { Services } from '../http/operation.ts'
import type { KnownOpenid } from '../sign-ins/binding-store.ts'

const contextOf = (schoolId: string, personId: string) => `wechat/${schoolId}/${personId}`

/** An openid as it is kept that shall pay for somebody: to be found by, and to be opened. */
export async function keepPayer(
  services: Pick<Services, 'keys'>,
  schoolId: string,
  personId: string,
  openid: string,
): Promise<KnownOpenid> {
  return {
    openidIndex: await indexPayer(services, 'wechat', schoolId, openid),
    sealedOpenid: await services.keys.seal(contextOf(schoolId, personId), openid),
  }
}

export function openBoundOpenid(
  { keys }: Pick<Services, 'keys'>,
  schoolId: string,
  personId: string,
  sealed: Uint8Array,
): Promise<string> {
  return keys.open(contextOf(schoolId, personId), sealed)
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
  binding: KnownOpenid & { schoolId: string; personId: string },
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
