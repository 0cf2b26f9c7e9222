import type { SignedIn as Redeemed, WechatSignIn } from '@campus-ecode/protocol/sign-ins'
import type { SignedIn, SignInOptions } from '../ecode.ts'
import { toBase64Url } from '../engine/base64url.ts'
import { candidateHere } from '../host/choose-candidate.ts'
import { sayOrigin } from '../say-origin.ts'
import { addressWithout, readArrival, takeArrival } from './address.ts'
import { SignInFailure } from './failure.ts'
import { keepSession } from './keep-session.ts'
import { readNotes, type SignInNotes, writeNotes } from './notes.ts'
import { post } from './post.ts'

/** So often WeChat is asked before somebody must have come through: it could go on for ever. */
const BEGINS_MAX = 2
/** How long a ticket is good. */
const TICKET_MS = 60_000
/** Longer addresses are not taken as the way back. */
const RETURN_LENGTH_MAX = 2_000

/** Pages may ask twice (React's StrictMode). What failed can be asked again. */
const underWay = new Map<string, Promise<SignedIn>>()

/** See `ECode.signIn`. Rejects with what an ECodeError is made of. */
export function signIn({ school, baseUrl = '' }: SignInOptions): Promise<SignedIn> {
  if (!/^\d{4}$/.test(school) || !/^https?:\/\/\w/.test(baseUrl)) {
    const message = "school must be four digits, e.g. '1001'; baseUrl the http address of the BFF"
    return Promise.reject(new SignInFailure('OPTIONS_INVALID', message))
  }
  const base = baseUrl.replace(/\/+$/, '')
  const key = `sign-in ${base} ${school}`
  const known = underWay.get(key)
  if (known) return known
  const mine = arrive(base, school, key)
  underWay.set(key, mine)
  mine.catch(() => underWay.delete(key))
  return mine
}

async function arrive(base: string, school: string, key: string): Promise<SignedIn> {
  const notes = readNotes(key)
  const arrival = takeArrival(notes.hash)
  const inWechat = candidateHere() === 'wxoa'
  const begin = (from: SignInNotes) => beginAtWechat(base, school, key, from)
  watchAddress()

  if (arrival && 'word' in arrival && arrival.word !== 'again') {
    writeNotes(key, {})
    throw arrival.word === 'cancelled'
      ? failed('The person called the sign-in off', true)
      : failed('WeChat cannot be reached', true)
  }
  const ticket = (arrival && 'ticket' in arrival && arrival.ticket) || keptTicket(notes)
  if (ticket?.startsWith(school)) {
    const verifier = notes.verifier ?? makeVerifier()
    // A page that is reloaded in the middle redeems it again, which its own verifier may.
    const at = arrival ? Date.now() : (notes.at ?? 0)
    const { begun = 0 } = notes
    // What stood in the fragment is back there, or is the page's to change.
    writeNotes(key, { begun, verifier, ticket, at })
    const answer = await redeem(base, ticket, verifier)
    if (answer.ok) {
      writeNotes(key, { ...readNotes(key), begun: 0 })
      const { subject, refreshToken } = answer.value
      const signInAgain = inWechat ? () => void begin({}).catch(() => location.reload()) : undefined
      const redeemAgain = async () => {
        if (!keptTicket({ ticket, at })) return undefined
        const next = await redeem(base, ticket, verifier)
        return next.ok && next.value.subject === subject ? next.value.refreshToken : undefined
      }
      return { subject, session: keepSession(base, refreshToken, redeemAgain, signInAgain) }
    }
    writeNotes(key, { begun })
    // Used or too old: WeChat gives another.
    if (inWechat) return begin({ begun })
    const { message, requestId } = answer.problem
    throw failed(message?.en ?? 'The ticket was not taken', false, { requestId })
  }
  if (ticket) throw failed('The ticket is of another school', false)
  if (inWechat) return begin(notes)
  throw new SignInFailure(
    'SIGN_IN_IMPOSSIBLE',
    "There is no ticket in the address, and this is not WeChat: open it from the school's app, official account or mini-program",
  )
}

/** Of a page that was reloaded before the ticket's minute was over. */
function keptTicket({ ticket, at = 0 }: SignInNotes): string | undefined {
  return Math.abs(Date.now() - at) < TICKET_MS ? ticket : undefined
}

async function redeem(base: string, ticket: string, verifier: string) {
  const send = () => post<Redeemed>(`${base}/v1/tickets/redeem`, { ticket, verifier })
  try {
    // The answer may be what was lost; the same verifier gets it again.
    return await send().catch(send)
  } catch (cause) {
    throw failed('The ticket could not be redeemed: no network', true, { cause })
  }
}

/** Leaves the page for WeChat's, which leads back with a ticket. Settles only when that fails. */
async function beginAtWechat(
  base: string,
  school: string,
  key: string,
  { begun = 0 }: SignInNotes,
): Promise<never> {
  if (begun >= BEGINS_MAX) {
    writeNotes(key, {})
    throw failed('WeChat leads back without a ticket each time', true)
  }
  const verifier = makeVerifier()
  const challenge = await makeChallenge(verifier)
  if (!writeNotes(key, { verifier, begun: begun + 1, hash: location.hash })) {
    // Coming back it would be another page, which begins anew, for ever.
    throw failed('The browser keeps nothing for this page (sessionStorage)', false)
  }
  const here = addressWithout()
  const returnTo = here.length <= RETURN_LENGTH_MAX ? here : location.origin + location.pathname
  const answer = await post<WechatSignIn>(`${base}/v1/sign-ins/wechat`, {
    schoolId: school,
    challenge,
    returnTo,
  }).catch((cause) => {
    throw failed('The BFF cannot be reached', true, { cause })
  })
  if (!answer.ok) {
    const { code, message, retryable = true, requestId } = answer.problem
    if (code === 'WECHAT_SIGN_IN_NOT_OFFERED') {
      throw new SignInFailure('SIGN_IN_IMPOSSIBLE', message?.en ?? code, { requestId })
    }
    throw failed(message?.en ?? String(code), retryable, { requestId })
  }
  const { authoriseUrl } = answer.value
  if (!/^https?:/.test(authoriseUrl)) throw failed('WeChat has no such address', false)
  sayOrigin()
  // In this page's place, so that "back" does not lead into a page that leads on again.
  location.replace(authoriseUrl)
  return new Promise((_, reject) => {
    // A page that was kept whole is back without having gone through.
    addEventListener('pageshow', ({ persisted }) => {
      if (persisted) reject(failed('WeChat was left', true))
    })
  })
}

/** A host that opens the page again with another ticket changes its fragment, and nothing is loaded. */
function watchAddress(): void {
  window.removeEventListener('hashchange', reloadWithTicket)
  window.addEventListener('hashchange', reloadWithTicket)
}

function reloadWithTicket(): void {
  if (readArrival(location.hash)) location.reload()
}

function failed(
  message: string,
  retryable: boolean,
  more: { requestId?: string | undefined; cause?: unknown } = {},
): SignInFailure {
  return new SignInFailure('SIGN_IN_FAILED', message, { retryable, ...more })
}

/** RFC 7636 §4.1. */
function makeVerifier(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(32)))
}

async function makeChallenge(verifier: string): Promise<string> {
  if (!crypto.subtle) {
    throw new SignInFailure('ENGINE_UNSUPPORTED', 'No WebCrypto here: the page must be on https')
  }
  return toBase64Url(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)))
}
