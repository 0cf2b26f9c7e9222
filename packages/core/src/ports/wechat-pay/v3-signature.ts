import { createPrivateKey, type KeyObject, randomBytes, sign, verify } from 'node:crypto'

/** What WeChat Pay knows our signatures by: the merchant's number and API certificate. */
export interface MerchantKey {
  mchId: string
  /** Of the API certificate, in hexadecimal. */
  serial: string
  privateKey: KeyObject
}

/** How far WeChat's clock and ours may be apart. */
const CLOCK_SKEW_SECONDS = 300

/**
 * The `Authorization` of a call.
 *
 * @param target Path and query, exactly as they are sent.
 * @param body The bytes that are sent; empty for GET.
 */
export function authorise(
  { mchId, serial, privateKey }: MerchantKey,
  { method, target, body, nowMs }: { method: string; target: string; body: string; nowMs: number },
): string {
  const timestamp = String(Math.floor(nowMs / 1000))
  const nonce = randomBytes(16).toString('hex')
  const message = `${method}\n${target}\n${timestamp}\n${nonce}\n${body}\n`
  const signature = sign('sha256', Buffer.from(message), privateKey).toString('base64')
  const fields = { mchid: mchId, nonce_str: nonce, timestamp, serial_no: serial, signature }
  const list = Object.entries(fields).map(([name, value]) => `${name}="${value}"`)
  return `WECHATPAY2-SHA256-RSA2048 ${list.join(',')}`
}

/** What an answer or a notice says of its own signature. */
export interface SignatureHeaders {
  timestamp: string
  nonce: string
  serial: string
  signature: string
}

export function readSignatureHeaders(
  headers: Record<string, string | string[] | undefined>,
): SignatureHeaders | undefined {
  const read = (name: string) => {
    const value = headers[`wechatpay-${name}`]
    return typeof value === 'string' ? value : ''
  }
  const signed = {
    timestamp: read('timestamp'),
    nonce: read('nonce'),
    serial: read('serial'),
    signature: read('signature'),
  }
  return Object.values(signed).includes('') ? undefined : signed
}

/**
 * Whether WeChat Pay said this, not long ago.
 *
 * @param body The bytes as they came; parsed and written again they are others.
 * @param key By the serial that the headers name.
 */
export function isSignedBy(
  key: KeyObject,
  { timestamp, nonce, signature }: SignatureHeaders,
  body: Uint8Array,
  nowMs: number,
): boolean {
  if (!/^\d{1,12}$/.test(timestamp)) return false
  if (Math.abs(nowMs / 1000 - Number(timestamp)) > CLOCK_SKEW_SECONDS) return false
  const message = Buffer.concat([Buffer.from(`${timestamp}\n${nonce}\n`), body, Buffer.from('\n')])
  return isSignature(key, message, signature)
}

/** RSA with SHA-256, as PKCS #1 v1.5 has it. */
export function isSignature(key: KeyObject, message: Uint8Array, signature: string): boolean {
  return verify('sha256', message, key, Buffer.from(signature, 'base64'))
}

/** Throws for what is no RSA key; never with the key in the message. */
export function readPrivateKey(pem: string): KeyObject {
  let key: KeyObject
  try {
    key = createPrivateKey(pem)
  } catch {
    throw new Error("the merchant's private key cannot be read")
  }
  if (key.asymmetricKeyType !== 'rsa') throw new Error("the merchant's private key is no RSA key")
  return key
}
