import { TICKET_FRAGMENT } from '@campus-ecode/protocol/sign-ins'
import { WECHAT_RESULT_FRAGMENT } from '@campus-ecode/protocol/wechat'
import type { SignInRow } from './store.ts'

/**
 * The page that somebody goes back to, and what it hears there, in the fragment: no server and no Referer sees it.
 *
 * The page's own fragment gives way where people sign in, which pages do as they are opened. The widget hears it on
 * whichever of the page's screens it stands; where routers read the fragment, that screen has to be found again.
 */
export function wayBack(
  { person_id: personId, return_to: returnTo }: Pick<SignInRow, 'person_id' | 'return_to'>,
  word: string,
): string {
  const url = new URL(returnTo)
  if (personId === null) url.hash = `${TICKET_FRAGMENT}=${word}`
  else {
    const own = url.hash.slice(1)
    const between = own === '' ? '' : /[?=]/.test(own) ? '&' : '?'
    url.hash = `${own}${between}${WECHAT_RESULT_FRAGMENT}=${word}`
  }
  return url.href
}
