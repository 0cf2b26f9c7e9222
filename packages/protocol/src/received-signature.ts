import {
  type Item,
  isInnerList,
  type Parameters,
  parseDictionary,
  serializeItem,
  serializeParameters,
} from 'structured-headers'
import { KEY_ID_PATTERN } from './signing-key.ts'

/** Header names in lower case, as Node and undici give them. */
export type MessageHeaders = Readonly<Record<string, string | readonly string[] | undefined>>

/** The one signature of a message that carries our tag, read but not yet believed. */
export interface ReceivedSignature {
  label: string
  components: Item[]
  parameters: Parameters
  created: number
  expires: number | undefined
  keyId: string
  algorithm: string | undefined
  nonce: string | undefined
  bytes: Buffer
  /** The member as it stands in the Signature field, `label=:base64:`. */
  member: string
}

/**
 * Finds the signature with a tag in Signature-Input and Signature (RFC 9421 §4).
 *
 * @param tag undefined looks for the one that has no tag.
 * @returns The signature, 'missing' when nothing carries the tag, or 'malformed'. Narrower than the
 * RFC on purpose: one signature per tag, no parameters but the registered ones, canonical base64.
 */
export function parseSignature(
  headers: MessageHeaders,
  tag: string | undefined,
): ReceivedSignature | 'missing' | 'malformed' {
  if (headers['signature-input'] === undefined && headers.signature === undefined) return 'missing'
  const inputField = readField(headers, 'signature-input')
  const signatureField = readField(headers, 'signature')
  if (inputField === undefined || signatureField === undefined) return 'malformed'

  const inputs = parseField(inputField)
  const signatures = parseField(signatureField)
  if (!inputs || !signatures) return 'malformed'
  const tagged = [...inputs].filter(([, [, params]]) => params.get('tag') === tag)
  if (tagged.length === 0) return 'missing'
  const [label, input] = tagged[0] ?? []
  if (tagged.length > 1 || label === undefined || input === undefined) return 'malformed'
  const signature = signatures.get(label)?.[0]
  if (!isInnerList(input) || !(signature instanceof ArrayBuffer)) return 'malformed'

  const [components, parameters] = input
  for (const name of parameters.keys()) if (!PARAMETERS.has(name)) return 'malformed'
  const created = parameters.get('created')
  const expires = parameters.get('expires')
  const keyId = parameters.get('keyid')
  const algorithm = parameters.get('alg')
  const nonce = parameters.get('nonce')
  if (
    components.length > COMPONENT_COUNT_MAX ||
    !isTime(created) ||
    !(expires === undefined || isTime(expires)) ||
    !(typeof keyId === 'string' && KEY_ID_PATTERN.test(keyId)) ||
    !(algorithm === undefined || typeof algorithm === 'string') ||
    !(nonce === undefined || (typeof nonce === 'string' && NONCE_PATTERN.test(nonce)))
  ) {
    return 'malformed'
  }

  const bytes = Buffer.from(signature)
  const member = `${label}=:${bytes.toString('base64')}:`
  // Base64 has several spellings of the same bytes; a peer that binds to ours must see the same one.
  if (!signatureField.includes(member)) return 'malformed'
  return {
    label,
    components,
    parameters,
    created,
    expires,
    keyId,
    algorithm,
    nonce,
    bytes,
    member,
  }
}

/** Gives the value of a component, or undefined where it is absent or not one we take. */
export type ReadComponent = (
  name: string,
  parameters: ReadonlyMap<string, unknown>,
) => string | undefined

/**
 * Builds the text that was signed (RFC 9421 §2.5).
 *
 * @param required Names that must be covered; `name;req` for one taken from the request (§2.4).
 * @returns The base, or in `reason` why there is none.
 */
export function createSignatureBase(
  received: ReceivedSignature,
  required: readonly string[],
  read: ReadComponent,
): { base: string } | { reason: string } {
  const covered = new Set<string>()
  const identifiers: string[] = []
  let base = ''
  for (const component of received.components) {
    const [name, parameters] = component
    const value = typeof name === 'string' ? read(name, parameters) : undefined
    if (value === undefined) return { reason: 'a covered component is absent or not supported' }
    const identity = parameters.size === 0 ? `${name}` : `${name};req`
    if (covered.has(identity)) return { reason: 'a component is covered twice' }
    covered.add(identity)
    // A name that has a value holds nothing to escape, and serialising is most of what this costs.
    const identifier = parameters.size === 0 ? `"${name}"` : serializeItem(component)
    identifiers.push(identifier)
    base += `${identifier}: ${value}\n`
  }
  for (const name of required) {
    if (!covered.has(name)) return { reason: 'a required component is not covered' }
  }
  const list = `(${identifiers.join(' ')})${serializeParameters(received.parameters)}`
  return { base: `${base}"@signature-params": ${list}` }
}

/** A field as it enters the signature base (RFC 9421 §2.1), or undefined if absent, repeated or odd. */
export function readField(headers: MessageHeaders, name: string): string | undefined {
  const given = headers[name]
  const value = Array.isArray(given) && given.length === 1 ? given[0] : given
  if (typeof value !== 'string' || value.length > FIELD_LENGTH_MAX) return undefined
  return FIELD_VALUE.test(value) ? value.trim() : undefined
}

/** At least 16 characters, so that a nonce of 128 bits fits and a counter does not. */
export const NONCE_PATTERN = /^[\x21\x23-\x5b\x5d-\x7e]{16,128}$/

const PARAMETERS = new Set(['created', 'expires', 'nonce', 'alg', 'keyid', 'tag'])
const COMPONENT_COUNT_MAX = 32
const FIELD_LENGTH_MAX = 4096
const FIELD_VALUE = /^[\t\x20-\x7e]*$/

function parseField(field: string): ReturnType<typeof parseDictionary> | undefined {
  try {
    return parseDictionary(field)
  } catch {
    return undefined
  }
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
