import type { Session, SessionProvider } from '../options.ts'
import { SignInEnded } from './failure.ts'
import { post } from './post.ts'

type Refreshed = Session & { refreshToken: string }

/**
 * Opens one session after the other while the sign-in lasts: `session` of `ECode.create`. What it does that
 * with is in memory only.
 *
 * @param redeemAgain Gets another first token within the ticket's minute: the first one is good once, for one
 * key, and its answer may have been lost or its key gone with a widget.
 * @param signInAgain Begins anew; undefined where that cannot be done from this page.
 */
export function keepSession(
  baseUrl: string,
  first: string,
  redeemAgain: () => Promise<string | undefined>,
  signInAgain: (() => void) | undefined,
): SessionProvider {
  let refreshToken = first
  let ended: SignInEnded | undefined
  const running = new Map<string, Promise<Session>>()

  async function refresh(thumbprint: string, isRepeated = false): Promise<Session> {
    if (ended) throw ended
    const url = `${baseUrl}/v1/sessions/refresh`
    const answer = await post<Refreshed>(url, { refreshToken, thumbprint })
    if (answer.ok) {
      const { refreshToken: next, ...session } = answer.value
      refreshToken = next
      return session
    }
    const { code, message } = answer.problem
    if (code !== 'SIGN_IN_ENDED') throw Object.assign(new Error(message?.en ?? code), { code })
    const another = isRepeated ? undefined : await redeemAgain().catch(() => undefined)
    if (another) {
      refreshToken = another
      return refresh(thumbprint, true)
    }
    ended = new SignInEnded(signInAgain)
    throw ended
  }

  return (thumbprint) => {
    const under = running.get(thumbprint)
    if (under) return under
    const mine = refresh(thumbprint)
    running.set(thumbprint, mine)
    const done = () => void running.delete(thumbprint)
    mine.then(done, done)
    return mine
  }
}
