import type { Services } from '../http/operation.ts'
import type { TakeTurn } from '../keys/turnstile.ts'
import { createSignInToken } from '../sign-ins/sign-in-state.ts'
import { beginPage, type SignInRow } from '../sign-ins/store.ts'
import { keepPayer } from './binding-store.ts'

/**
 * WeChat has said whose it is that shall pay for a person (R27). Nothing is bound yet: the page that they come back
 * to confirms it by this token, in the session of whoever asked (`confirmWechatBinding`).
 */
export async function offerToken(
  services: Services,
  takeTurn: TakeTurn,
  row: SignInRow & { person_id: string },
  openid: string,
): Promise<string> {
  const kept = await keepPayer(services, row.school_id, row.person_id, openid)
  const { token, hash } = createSignInToken()
  await takeTurn(() => beginPage(services.db.pool, row, hash, kept))
  return token
}
