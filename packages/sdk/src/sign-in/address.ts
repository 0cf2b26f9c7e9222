/** What came back in the address: a ticket, or a word that says why there is none. */
export type Arrival = { ticket: string } | { word: 'cancelled' | 'again' | 'unavailable' }

/** The school's id and 256 bits; a `t` of the page's own has another form. */
const TICKET = /^\d{4}[\w-]{43}$/
const WORD = /^(cancelled|again|unavailable)$/
/** `t` among what else stands in the fragment. */
const FRAGMENT = /^#(?:(.*)&)?t=([\w-]+)(?:[&#](.*))?$/

/** Whether somebody arrives with this fragment. */
export function readArrival(fragment: string): Arrival | undefined {
  const value = FRAGMENT.exec(fragment)?.[2] ?? ''
  if (TICKET.test(value)) return { ticket: value }
  return WORD.test(value) ? { word: value as 'cancelled' } : undefined
}

/**
 * Reads it and takes it out of the address, and of the history with it: nobody shares or reloads a ticket.
 *
 * @param before The fragment that the page had when it was left.
 */
export function takeArrival(before = ''): Arrival | undefined {
  const arrival = readArrival(location.hash)
  if (!arrival) return undefined
  const [, ahead, , behind] = FRAGMENT.exec(location.hash) ?? []
  const rest = [ahead, behind].filter(Boolean).join('&')
  history.replaceState(history.state, '', addressWithout() + (rest ? `#${rest}` : before))
  return arrival
}

/** This page's address, without its fragment. */
export function addressWithout(): string {
  return location.href.replace(/#.*/, '')
}
