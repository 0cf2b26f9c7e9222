import { createCipheriv, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import type { PlatformKey } from './school-keys.ts'

/** The headers by which an answer or a notice of WeChat is known to be its own. */
export function signMessage(
  { serial, privateKey }: PlatformKey,
  body: string,
): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1000))
  const nonce = randomBytes(16).toString('hex')
  const message = Buffer.from(`${timestamp}\n${nonce}\n${body}\n`)
  return {
    'wechatpay-timestamp': timestamp,
    'wechatpay-nonce': nonce,
    'wechatpay-serial': serial,
    'wechatpay-signature': sign('RSA-SHA256', message, privateKey).toString('base64'),
  }
}

/** Somebody who is not WeChat. */
export function makeStranger(serial: string): PlatformKey {
  return { serial, privateKey: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey }
}

/** A notice's content under the APIv3 key (AEAD_AES_256_GCM). */
export function encryptResource(content: object, apiV3Key: string) {
  const nonce = randomBytes(6).toString('hex')
  const associatedData = 'refund'
  const cipher = createCipheriv('aes-256-gcm', apiV3Key, nonce)
  cipher.setAAD(Buffer.from(associatedData))
  const bytes = [
    cipher.update(JSON.stringify(content), 'utf8'),
    cipher.final(),
    cipher.getAuthTag(),
  ]
  return {
    algorithm: 'AEAD_AES_256_GCM',
    ciphertext: Buffer.concat(bytes).toString('base64'),
    nonce,
    associated_data: associatedData,
    original_type: 'refund',
  }
}
