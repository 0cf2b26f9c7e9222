import { inTransaction } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import type { TakeTurn } from '../keys/turnstile.ts'
import { createSecret, readSecret } from '../tickets/secret.ts'
import { offerToken } from '../wechat/offer-token.ts'
import { findSignedInPerson, keepOpenid } from './binding-store.ts'
import { makeTicket } from './make-ticket.ts'
import { officialAccountOf } from './offered.ts'
import { createSignInState, readSignInState } from './sign-in-state.ts'
import {
  beginJourney,
  beginPage,
  findByStart,
  findByState,
  returnFromJourney,
  type SignInRow,
  saveStart,
} from './store.ts'
import { wayBack } from './way-back.ts'

/** Where somebody goes next. */
export type NextStep =
  /** To WeChat, with a state that this browser keeps in a cookie. */
  | { to: 'wechat'; url: string; state: string }
  /** Back to the page, with a ticket, a token or a word in the fragment. */
  | { to: 'page'; url: string }
  /** Number and password are asked for, for this WeChat. */
  | { to: 'bind'; schoolId: string; secret: string; returnTo: string }
  /** WeChat shows a preview, in which nobody is anybody; from the link it goes on. */
  | { to: 'snapshot'; schoolId: string; secret: string }
  | { to: 'nowhere' }

/**
 * The journey to WeChat and back, of one browser: from the page that asked, through here with a cookie, and back to
 * that page. Who was handed an address of somebody else's journey is sent to the page, to begin an own one. It is
 * made to sign in (R2b), and to say whose WeChat shall pay (R27).
 *
 * - A journey begun elsewhere than on the page is no journey. What it earns would be for whoever asked, and the
 *   schools' sites have addresses that lead on, fragment and all, to wherever their query says.
 * - The state is made here and kept in a cookie of the browser that travels, so that nobody brings somebody else's
 *   WeChat back.
 *
 * @param takeTurn Around what works with the database, and not around asking WeChat, which may be slow.
 * @param origin Ours, whose pages send people on, too.
 */
export function createJourneys(services: Services, takeTurn: TakeTurn, origin: string) {
  const { pool } = services.db

  /**
   * The person has come to our origin, sent by the page.
   *
   * @param from The origin that the browser says it came from.
   */
  async function begin(secret: string, from: string | undefined): Promise<NextStep> {
    const read = readSecret(secret)
    if (!read) return { to: 'nowhere' }
    return takeTurn(async () => {
      const row = await findByStart(pool, read.schoolId, read.hash)
      if (!row) return { to: 'nowhere' }
      const isSent = from !== undefined && [new URL(row.return_to).origin, origin].includes(from)
      return isSent ? travel(row) : back(row, 'again')
    })
  }

  async function travel(row: SignInRow): Promise<NextStep> {
    const wechat = officialAccountOf(services)
    if (!wechat) return { to: 'nowhere' }
    const { state, hash } = createSignInState(row.school_id)
    if (!(await beginJourney(pool, row, hash))) return back(row, 'again')
    return { to: 'wechat', url: wechat.account.authoriseUrl(wechat.callbackUrl, state), state }
  }

  async function arrive(state: string, code: string | undefined): Promise<NextStep> {
    const wechat = officialAccountOf(services)
    const read = readSignInState(state)
    if (!wechat || !read) return { to: 'nowhere' }
    const { schoolId } = read
    const row = await takeTurn(() => returnFromJourney(pool, schoolId, read.hash))
    if (!row) return { to: 'nowhere' }
    if (!row.is_first) return takeTurn(() => travel(row))
    if (!code) return back(row, 'cancelled')
    const found = await wechat.account.findOpenid(code)
    if ('failed' in found) {
      switch (found.failed) {
        case 'used':
        case 'invalid':
          return takeTurn(() => travel(row))
        case 'unavailable':
          return back(row, 'unavailable')
        case 'snapshot': {
          const { secret, hash } = createSecret(schoolId)
          await takeTurn(() => saveStart(pool, row, hash))
          return { to: 'snapshot', schoolId, secret }
        }
      }
    }
    const { person_id: personId } = row
    if (personId !== null) {
      const payer = { ...row, person_id: personId }
      return back(row, await offerToken(services, takeTurn, payer, found.openid))
    }
    const openid = await keepOpenid(services, schoolId, row.app, found.openid)
    return takeTurn(async () => {
      const ticket = await inTransaction(pool, async (tx) => {
        const personId = await findSignedInPerson(tx, schoolId, row.app, openid.openidIndex)
        return personId && makeTicket(tx, row, personId)
      })
      if (ticket) return back(row, ticket)
      const { secret, hash } = createSecret(schoolId)
      await beginPage(pool, row, hash, openid)
      return { to: 'bind', schoolId, secret, returnTo: row.return_to }
    })
  }
  /** Whoever comes with one state at once gets one answer: WeChat delivers some codes twice. */
  const arriving = new Map<string, Promise<NextStep>>()

  /**
   * WeChat has sent somebody back.
   *
   * @param kept The state that this browser keeps.
   */
  async function comeBack(
    state: string,
    code: string | undefined,
    kept: string | undefined,
  ): Promise<NextStep> {
    if (kept === state) {
      const before = arriving.get(state)
      if (before) return before
      const step = arrive(state, code).finally(() => arriving.delete(state))
      arriving.set(state, step)
      return step
    }
    const read = readSignInState(state)
    if (!read) return { to: 'nowhere' }
    return takeTurn(async () => {
      const row = await findByState(pool, read.schoolId, read.hash)
      return row ? back(row, 'again') : { to: 'nowhere' }
    })
  }

  return { begin, comeBack }
}

function back(row: SignInRow, word: string): NextStep {
  return { to: 'page', url: wayBack(row, word) }
}
