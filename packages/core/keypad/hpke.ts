/**
 * HPKE's single-shot seal in base mode with DHKEM(P-256, HKDF-SHA256), HKDF-SHA256 and AES-128-GCM:
 * RFC 9180 §4.1, §5.1, §6.1, by WebCrypto alone. The key process opens with a library; that library
 * does not run on the oldest engines this page meets, which have no BigInt (docs/decisions/0017).
 */
export async function seal(
  recipientPoint: Uint8Array<ArrayBuffer>,
  info: Uint8Array,
  aad: Uint8Array<ArrayBuffer>,
  plain: Uint8Array<ArrayBuffer>,
  ephemeral?: CryptoKeyPair,
): Promise<{ enc: Uint8Array; ciphertext: Uint8Array }> {
  const { subtle } = crypto
  const { privateKey, publicKey } =
    ephemeral ?? (await subtle.generateKey(CURVE, true, ['deriveBits']))
  const enc = new Uint8Array(await subtle.exportKey('raw', publicKey))
  const recipient = await subtle.importKey('raw', recipientPoint, CURVE, false, [])
  const dh = new Uint8Array(
    await subtle.deriveBits({ name: 'ECDH', public: recipient }, privateKey, 256),
  )
  const eaePrk = await labeledExtract(KEM_ID, NOTHING, 'eae_prk', dh)
  const kemContext = concat(enc, recipientPoint)
  const shared = await labeledExpand(KEM_ID, eaePrk, 'shared_secret', kemContext, 32)

  const pskIdHash = await labeledExtract(SUITE_ID, NOTHING, 'psk_id_hash', NOTHING)
  const infoHash = await labeledExtract(SUITE_ID, NOTHING, 'info_hash', info)
  const context = concat(Uint8Array.of(0), pskIdHash, infoHash)
  const secret = await labeledExtract(SUITE_ID, shared, 'secret', NOTHING)
  const key = await labeledExpand(SUITE_ID, secret, 'key', context, 16)
  const nonce = await labeledExpand(SUITE_ID, secret, 'base_nonce', context, 12)

  const aes = await subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt'])
  const algorithm = { name: 'AES-GCM', iv: nonce, additionalData: aad }
  return { enc, ciphertext: new Uint8Array(await subtle.encrypt(algorithm, aes, plain)) }
}

const CURVE = { name: 'ECDH', namedCurve: 'P-256' }
const HASH_BYTES = 32
const NOTHING = new Uint8Array(0)
/** RFC 9180 §7: KEM 0x0010, KDF 0x0001, AEAD 0x0001. */
const KEM_ID = concat(ascii('KEM'), Uint8Array.of(0, 0x10))
const SUITE_ID = concat(ascii('HPKE'), Uint8Array.of(0, 0x10, 0, 1, 0, 1))
const VERSION = ascii('HPKE-v1')

/** RFC 9180 §4, over HKDF-Extract (RFC 5869 §2.2). */
function labeledExtract(suite: Uint8Array, salt: Uint8Array, label: string, input: Uint8Array) {
  const key = salt.length > 0 ? salt : new Uint8Array(HASH_BYTES)
  return hmac(key, concat(VERSION, suite, ascii(label), input))
}

/** The same over HKDF-Expand, of which nothing here needs more than one block. */
async function labeledExpand(
  suite: Uint8Array,
  prk: Uint8Array,
  label: string,
  info: Uint8Array,
  length: number,
) {
  const size = Uint8Array.of(length >> 8, length & 0xff)
  const labeled = concat(size, VERSION, suite, ascii(label), info)
  return (await hmac(prk, concat(labeled, Uint8Array.of(1)))).slice(0, length)
}

async function hmac(key: Uint8Array, data: Uint8Array<ArrayBuffer>) {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const imported = await crypto.subtle.importKey('raw', concat(key), algorithm, false, ['sign'])
  return new Uint8Array(await crypto.subtle.sign('HMAC', imported, data))
}

function ascii(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

function concat(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
