import type { WechatResult } from '@campus-ecode/protocol/wechat'
import type { Services } from '../http/operation.ts'
import { indexOpenid, saveSignedIn, sealOpenid, spendSignIn } from './binding-store.ts'
import { wechatOf } from './offered.ts'
import { createSignInToken, readSignInState } from './sign-in-state.ts'

/** Lets work through a few at a time. */
export type TakeTurn = <T>(work: () => Promise<T>) => Promise<T>

/**
 * WeChat has sent the person back. The state is used up before anything else, so that a code is
 * exchanged once; who comes twice finds nothing. Nothing is bound yet: whoever signed in may have been
 * handed WeChat's address by somebody else, whose session it would be bound in.
 *
 * @param takeTurn Around what works with the database, and not around asking WeChat, which may be slow.
 * @returns Where the person goes on, and what the page hears there: the token to confirm with, or why there
 * is none. Undefined for a state that is not good, with which nobody can be sent anywhere.
 */
export async function returnFromWechat(
  services: Services,
  takeTurn: TakeTurn,
  { state, code }: { state: string; code: string | undefined },
): Promise<{ returnTo: string; told: { token: string } | { result: WechatResult } } | undefined> {
  const { pool } = services.db
  const wechat = wechatOf(services)
  const read = readSignInState(state)
  if (!wechat || !read) return undefined
  const { schoolId, hash: stateHash } = read
  const signIn = await takeTurn(() => spendSignIn(pool, schoolId, stateHash))
  if (!signIn) return undefined
  const { person_id: personId, return_to: returnTo } = signIn
  if (!code) return { returnTo, told: { result: 'cancelled' } }
  const found = await wechat.account.findOpenid(code)
  if ('failed' in found) {
    const result = found.failed === 'unavailable' ? 'unavailable' : 'again'
    return { returnTo, told: { result } }
  }
  const openidIndex = await indexOpenid(services, schoolId, found.openid)
  const sealedOpenid = await sealOpenid(services, schoolId, personId, found.openid)
  const { token, hash: tokenHash } = createSignInToken()
  const signedIn = { tokenHash, openidIndex, sealedOpenid }
  await takeTurn(() => saveSignedIn(pool, { schoolId, stateHash }, signedIn))
  return { returnTo, told: { token } }
}
