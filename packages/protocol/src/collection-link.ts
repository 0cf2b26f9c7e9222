/** A merchant's static code as it is written in its link (R24). Source: docs/codes.md, "Collection code". */
export interface CollectionLink {
  /** `https://pay.school.example`: scheme and host, and a port where it is not the usual one. */
  readonly origin: string
  readonly school: string
  readonly merchant: string
  readonly terminal: string
  readonly keyId: string
}

export interface SignedCollectionLink extends CollectionLink {
  /** What `signature` is over, beside the label: the query as it stands before `g`. */
  readonly query: string
  /** Ed25519 (RFC 8032), 64 bytes in base64url. */
  readonly signature: string
}

/** Plain http is for a core on this very machine alone: the demo, and tests. */
const ORIGIN =
  '(?:https:\\/\\/[a-z0-9.-]{1,253}|http:\\/\\/(?:127\\.0\\.0\\.1|localhost))(?::\\d{1,5})?'
const QUERY = 's=(\\d{4})&m=([\\w-]{1,64})&t=([\\w-]{1,64})&k=([\\w-]{1,64})'
const FORM = new RegExp(`^(${ORIGIN})\\/c\\/1\\?(${QUERY})&g=([\\w-]{86})$`)

/** Whether links may lead there: over TLS, or on this very machine. */
export function canHoldCollections(origin: string): boolean {
  return new RegExp(`^${ORIGIN}$`).test(origin)
}

/**
 * Reads a collection link by its form alone; whose it is only its signature tells, and whether it still
 * pays only the core knows.
 *
 * @returns undefined for every other text. Nothing is trimmed or decoded.
 */
export function parseCollectionLink(text: string): SignedCollectionLink | undefined {
  const [, origin, query, school, merchant, terminal, keyId, signature] = FORM.exec(text) ?? []
  if (!origin || !query || !school || !merchant || !terminal || !keyId || !signature) {
    return undefined
  }
  return { origin, school, merchant, terminal, keyId, query, signature }
}

/** The bytes that are signed: `ECM1`, a zero byte, and the query before `g`. */
export function collectionSigningInput({ school, merchant, terminal, keyId }: CollectionLink) {
  return new TextEncoder().encode(`ECM1\0${writeQuery({ school, merchant, terminal, keyId })}`)
}

/** @param signature 64 bytes. Throws RangeError when a part has the wrong form. */
export function formatCollectionLink(link: CollectionLink, signature: Uint8Array): string {
  const g = btoa(String.fromCharCode(...signature))
  const text = `${link.origin}/c/1?${writeQuery(link)}&g=${toUrlAlphabet(g)}`
  if (!parseCollectionLink(text)) throw new RangeError('malformed part of a collection link')
  return text
}

function writeQuery({ school, merchant, terminal, keyId }: Omit<CollectionLink, 'origin'>): string {
  return `s=${school}&m=${merchant}&t=${terminal}&k=${keyId}`
}

function toUrlAlphabet(base64: string): string {
  return base64.replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
}
