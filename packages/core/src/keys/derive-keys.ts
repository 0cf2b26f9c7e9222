import {
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHmac,
  createPrivateKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { deriveEpochKey } from '@campus-ecode/protocol/alias'
import { deriveOneTimeSecret } from '@campus-ecode/protocol/one-time-check'
import { createAccessOperations } from './access-operations.ts'
import { createCollectionOperations } from './collection-operations.ts'
import type { Keyring } from './keyring.ts'
import type { Keys } from './keys.ts'
import { createPasswordOperations, type PasswordCall } from './password-operations.ts'
import { createStatementOperations } from './statement-operations.ts'

const SALT = 'campus-ecode/v1'
const NONCE_BYTES = 12
const TAG_BYTES = 16
/** Order of P-256 (FIPS 186-5, SP 800-186 §3.2.1.3). */
const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** What `Keys` offers, computed where the root keys are. */
export type KeyOperations = {
  [N in Exclude<keyof Keys, PasswordCall>]: (
    ...args: Parameters<Keys[N]>
  ) => Awaited<ReturnType<Keys[N]>>
} & Pick<Keys, PasswordCall>

/**
 * Derives, seals and hashes under a keyring. Nothing derived is stored.
 *
 * @param now Unix time in milliseconds: nothing is signed for another time.
 */
export function createKeyOperations(keyring: Keyring, now: () => number = Date.now): KeyOperations {
  // A school's half of the agreement costs a point multiplication to make and is one object to keep.
  const halves = new Map<string, AgreementHalf>()
  const halfOf = (schoolId: string) => {
    const half = halves.get(schoolId) ?? deriveAgreementHalf(keyring.agreement, schoolId)
    halves.set(schoolId, half)
    return half
  }
  return {
    epochKeys(schoolId, epoch) {
      const root = keyring.alias.findLast(({ fromEpoch }) => fromEpoch <= epoch)
      if (!root) throw new RangeError('no alias key is that old')
      return [deriveEpochKey(derive(root.key, `school-alias|${schoolId}`, 32), epoch)]
    },
    deviceKey: (schoolId, devicePublicKey, grantSalt, info) =>
      deriveOneTimeSecret(halfOf(schoolId).privateKey, devicePublicKey, grantSalt, info),
    corePublicKey: (schoolId) => halfOf(schoolId).publicPoint,
    seal: (context, plain) => seal(keyring, context, plain),
    open: (context, sealed) => open(keyring, context, sealed),
    index: (context, value) =>
      createHmac('sha256', derive(keyring.index, `index|${context}`, 32))
        .update(value)
        .digest(),
    // From roots that are there already, so that a keyring stays as it was made. Each lives as long as
    // what hangs on it here: neither can be replaced while phones or look-ups need it.
    ...createPasswordOperations({
      agreementSeed: derive(keyring.agreement, 'keypad-agreement', 32),
      pepperOf: (context) => derive(keyring.index, `password-pepper|${context}`, 32),
    }),
    ...createAccessOperations((name, length) => derive(keyring.agreement, name, length), now),
    ...createCollectionOperations((name, length) => derive(keyring.agreement, name, length)),
    ...createStatementOperations((name, length) => derive(keyring.agreement, name, length)),
  }
}

interface AgreementHalf {
  privateKey: KeyObject
  /** Uncompressed, 65 bytes. */
  publicPoint: Uint8Array
}

/** A private key from derived bits, 128 more than it has, by FIPS 186-5 A.2.1. */
function deriveAgreementHalf(root: Uint8Array, schoolId: string): AgreementHalf {
  const bits = Buffer.from(derive(root, `school-agreement|${schoolId}`, 48))
  const scalar = (BigInt(`0x${bits.toString('hex')}`) % (P256_ORDER - 1n)) + 1n
  const d = Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex')
  const ecdh = createECDH('prime256v1')
  ecdh.setPrivateKey(d)
  const publicPoint = new Uint8Array(ecdh.getPublicKey())
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    d: d.toString('base64url'),
    x: Buffer.from(publicPoint.subarray(1, 33)).toString('base64url'),
    y: Buffer.from(publicPoint.subarray(33)).toString('base64url'),
  }
  return { privateKey: createPrivateKey({ key: jwk, format: 'jwk' }), publicPoint }
}

/** Key version ‖ nonce ‖ ciphertext ‖ tag. */
function seal({ data }: Keyring, context: string, plain: string): Uint8Array {
  const newest = data.at(-1)
  if (!newest) throw new Error('the keyring has no data key')
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', newest.key, nonce).setAAD(Buffer.from(context))
  const sealed = [cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()]
  return new Uint8Array(Buffer.concat([Buffer.of(newest.version), nonce, ...sealed]))
}

/** Throws when the value was sealed under another context or key, or was changed. */
function open({ data }: Keyring, context: string, sealed: Uint8Array): string {
  const bytes = Buffer.from(sealed)
  const key = data.find(({ version }) => version === bytes[0])?.key
  if (!key || bytes.length < 1 + NONCE_BYTES + TAG_BYTES) throw new Error('not a sealed value')
  const nonce = bytes.subarray(1, 1 + NONCE_BYTES)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(-TAG_BYTES))
  const ciphertext = bytes.subarray(1 + NONCE_BYTES, -TAG_BYTES)
  return decipher.update(ciphertext, undefined, 'utf8') + decipher.final('utf8')
}

function derive(root: Uint8Array, info: string, length: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', root, SALT, info, length))
}
