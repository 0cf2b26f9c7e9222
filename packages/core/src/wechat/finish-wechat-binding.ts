import type { WechatResult } from '@campus-ecode/protocol/wechat'
import { lockPayer } from '../cards/store.ts'
import { inTransaction } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import { tellWallet } from '../wallet/change-wallet.ts'
import {
  deleteWechatBinding,
  findBoundPayer,
  indexOpenid,
  insertWechatBinding,
  sealOpenid,
  spendSignIn,
} from './binding-store.ts'
import { wechatOf } from './offered.ts'
import { readSignInState } from './sign-in-state.ts'

/**
 * WeChat has sent the person back. The state is used up before anything else, so that a code is
 * exchanged once; who comes twice finds nothing.
 *
 * @param takeTurn Around what works with the database, and not around asking WeChat, which may be slow.
 * @returns undefined for a state that is not good, with which nobody can be sent anywhere.
 */
export async function finishWechatBinding(
  services: Services,
  takeTurn: TakeTurn,
  { state, code }: { state: string; code: string | undefined },
): Promise<{ returnTo: string; result: WechatResult } | undefined> {
  const wechat = wechatOf(services)
  const token = readSignInState(state)
  if (!wechat || !token) return undefined
  const { schoolId } = token
  const signIn = await takeTurn(() => spendSignIn(services.db.pool, schoolId, token.hash))
  if (!signIn) return undefined
  const { person_id: personId, return_to: returnTo } = signIn
  if (!code) return { returnTo, result: 'cancelled' }
  const found = await wechat.port.findOpenid(code)
  if ('failed' in found) {
    return { returnTo, result: found.failed === 'unavailable' ? 'unavailable' : 'again' }
  }
  const { openid } = found
  const result = await takeTurn(() => bind(services, { schoolId, personId, openid }))
  services.wakeEvents()
  return { returnTo, result }
}

/** Lets work through a few at a time. */
export type TakeTurn = <T>(work: () => Promise<T>) => Promise<T>

async function bind(
  services: Services,
  { schoolId, personId, openid }: { schoolId: string; personId: string; openid: string },
): Promise<WechatResult> {
  const openidIndex = await indexOpenid(services, schoolId, openid)
  const sealedOpenid = await sealOpenid(services, schoolId, personId, openid)
  return inTransaction<WechatResult>(services.db.pool, async (tx) => {
    const payer = await lockPayer(tx, schoolId, personId)
    if (payer?.wallet_status !== 'open' || payer.card_status !== 'active') return 'not_ready'
    const owner = await findBoundPayer(tx, schoolId, openidIndex)
    if (owner) return owner.person_id === personId ? 'bound' : 'taken'
    // Somebody with another WeChat by now: it takes the place of the one before.
    await deleteWechatBinding(tx, schoolId, personId)
    const binding = { schoolId, personId, openidIndex, sealedOpenid }
    if (!(await insertWechatBinding(tx, binding))) throw new TakenMeanwhile()
    await tellWallet(tx, services, { schoolId, personId }, { change: 'wechat' })
    return 'bound'
  }).catch((error) => {
    if (error instanceof TakenMeanwhile) return 'taken'
    throw error
  })
}

/** By somebody else at the same moment; what this one had is kept. */
class TakenMeanwhile extends Error {}
