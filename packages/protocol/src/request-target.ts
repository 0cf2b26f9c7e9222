/**
 * Refuses what makes a server and a signature see two different requests.
 *
 * Frameworks build a URL from the request line and Host, and hide duplicate headers, so call this on
 * what Node received (`incoming.url`, `incoming.rawHeaders`) before anything else reads the request.
 *
 * @param target As on the request line. Only origin-form is taken: no absolute-form, `*`, dot segment.
 * @param rawHeaders Names and values alternating, as received.
 * @param origin The configured origin, for example `https://core.bank.example`.
 * Refuses: TARGET_INVALID, with a `reason` for the log (never what was received).
 */
export function checkRequestTarget({ target, rawHeaders, origin }: ReceivedRequest): TargetCheck {
  if (!parseRequestTarget(target)) return refuse('target is not a plain path and query')
  if (rawHeaders.length > HEADER_COUNT_MAX * 2) return refuse('too many headers')

  const seen = new Map<string, string>()
  const repeated: string[] = []
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase()
    const value = rawHeaders[i + 1] ?? ''
    if (name.length > HEADER_NAME_LENGTH_MAX || value.length > HEADER_VALUE_LENGTH_MAX) {
      return refuse('a header is too long')
    }
    if (seen.has(name)) repeated.push(name)
    seen.set(name, value)
  }
  const covered = seen.get('signature-input')
  for (const name of repeated) {
    if (SINGLE_HEADERS.has(name)) return refuse(`${name} is repeated`)
    if (name.startsWith('ecode-') || covered?.includes(`"${name}"`)) {
      return refuse('a signed header is repeated')
    }
  }
  if (!namesAuthority(seen.get('host'), origin)) return refuse('Host is not the configured one')
  return { ok: true }
}

export interface ReceivedRequest {
  target: string
  rawHeaders: readonly string[]
  origin: string
}

export type TargetCheck = { ok: true } | { ok: false; code: 'TARGET_INVALID'; reason: string }

/**
 * Splits an origin-form target into `@path` and `@query` (RFC 9421 §2.2.6, §2.2.7), or undefined.
 *
 * A path with dot segments, `\` or an empty first segment is refused rather than normalised: two
 * readers would normalise it differently.
 */
export function parseRequestTarget(target: string): { path: string; query: string } | undefined {
  const at = target.indexOf('?')
  const path = at < 0 ? target : target.slice(0, at)
  const query = at < 0 ? '?' : target.slice(at)
  if (target.length > TARGET_LENGTH_MAX || !PATH.test(path) || !QUERY.test(query)) return undefined
  return DOT_SEGMENT.test(path) ? undefined : { path, query }
}

/** The `@authority` of a configured origin (RFC 9421 §2.2.3). Throws TypeError if it is not one. */
export const authorityOf = rememberLast((origin) => {
  const { host, protocol, pathname, search, hash, username, password } = new URL(origin)
  const rest = pathname.slice(1) + search + hash + username + password
  if (rest !== '' || (protocol !== 'https:' && protocol !== 'http:')) {
    throw new TypeError('An origin is http(s)://host[:port] and nothing more')
  }
  return host
})

const HEADER_COUNT_MAX = 100
const HEADER_NAME_LENGTH_MAX = 128
const HEADER_VALUE_LENGTH_MAX = 8192
const TARGET_LENGTH_MAX = 4096

/** Headers of which Node keeps the first, the last or a joined list: a second one is an attack. */
const SINGLE_HEADERS = new Set([
  'authorization',
  'content-digest',
  'content-encoding',
  'content-length',
  'content-type',
  'dpop',
  'host',
  'signature',
  'signature-input',
  'transfer-encoding',
])

// RFC 3986 §3.3: pchar and slashes, where the first segment is not empty.
const PATH = /^\/(?!\/)(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*$/
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?:\/|$)/i
// Wider than RFC 3986 §3.4, because URL leaves characters like | and [ in a query as they are.
const QUERY = /^\?[\x21\x22\x24-\x7e]*$/

/** As a Host may be spelled, with the scheme's own port or without. */
const hostsOf = rememberLast((origin) => {
  const { host, protocol } = new URL(origin)
  return [host, host + (protocol === 'https:' ? ':443' : ':80')]
})

function namesAuthority(host: string | undefined, origin: string): boolean {
  return host !== undefined && hostsOf(origin).includes(host.toLowerCase())
}

/** Remembers the last answer: nearly every call asks about the one configured origin. */
function rememberLast<T>(read: (origin: string) => T): (origin: string) => T {
  let last: { origin: string; answer: T } | undefined
  return (origin) => {
    if (last?.origin !== origin) last = { origin, answer: read(origin) }
    return last.answer
  }
}

function refuse(reason: string): TargetCheck {
  return { ok: false, code: 'TARGET_INVALID', reason }
}
