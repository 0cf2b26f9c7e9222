import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  generateKeyPairSync,
  randomBytes,
} from 'node:crypto'
import { deriveEpochKey } from '@campus-ecode/protocol/alias'
import { deriveOneTimeSecret } from '@campus-ecode/protocol/one-time-check'
import type { Keys } from '../keys/keys.ts'

/** The key process's work without the process, with fresh root keys; for tests of other slices. */
export function createMemoryKeys(): Keys {
  const aliasKey = randomBytes(32)
  const dataKey = randomBytes(32)
  const agreement = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x = '', y = '' } = agreement.publicKey.export({ format: 'jwk' })
  const point = Buffer.concat([
    Buffer.from([4]),
    Buffer.from(x, 'base64url'),
    Buffer.from(y, 'base64url'),
  ])
  return {
    epochKeys: async (_schoolId, epoch) => [deriveEpochKey(aliasKey, epoch)],
    deviceKey: async (_schoolId, devicePublicKey, grantSalt, info) =>
      deriveOneTimeSecret(agreement.privateKey, devicePublicKey, grantSalt, info),
    corePublicKey: async () => point,
    async seal(context, plain) {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', dataKey, nonce).setAAD(Buffer.from(context))
      const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), body])
    },
    async open(context, sealed) {
      const decipher = createDecipheriv('aes-256-gcm', dataKey, sealed.subarray(0, 12))
        .setAAD(Buffer.from(context))
        .setAuthTag(sealed.subarray(12, 28))
      return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]).toString()
    },
    index: async (context, value) =>
      createHmac('sha256', dataKey).update(`${context}\0${value}`).digest(),
  }
}
