import { randomBytes } from 'node:crypto'
import {
  HPKE_ENC_BYTES,
  HPKE_TAG_BYTES,
  KEYPAD_HPKE_INFO,
  PASSWORD_DIGITS,
} from '@campus-ecode/protocol/keypad'
import { Aes128Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from '@hpke/core'
import { hash, verify } from '@node-rs/argon2'
import type { HashedPassword, Keys } from './keys.ts'
import { createTurnstile } from './turnstile.ts'

export type PasswordCall =
  | 'keypadPublicKey'
  | 'hashPassword'
  | 'checkPassword'
  | 'changePassword'
  | 'setWaterPassword'
  | 'checkWaterPassword'
  | 'hashStaffPassword'
  | 'checkStaffPassword'

/** Argon2id (RFC 9106) as OWASP asks for at least; about 30 ms. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const AT_ONCE_MAX = 2
const WAITING_MAX = 64

/**
 * The only place where payment passwords exist in the clear, as bytes that are overwritten after use
 * and never as text (R16).
 *
 * @param agreementSeed Of the HPKE key pair.
 * @param pepperOf Argon2's secret for a person, without which a stolen table cannot be searched.
 */
export function createPasswordOperations({
  agreementSeed,
  pepperOf,
}: {
  agreementSeed: Uint8Array
  pepperOf(context: string): Uint8Array
}): Pick<Keys, PasswordCall> {
  const suite = new CipherSuite({
    kem: new DhkemP256HkdfSha256(),
    kdf: new HkdfSha256(),
    aead: new Aes128Gcm(),
  })
  const pair = suite.kem.deriveKeyPair(toBuffer(agreementSeed))
  // Whoever needs it first hears of a failure.
  pair.catch(() => {})
  const info = new TextEncoder().encode(KEYPAD_HPKE_INFO)
  const takeTurn = createTurnstile(AT_ONCE_MAX, WAITING_MAX)

  /** Gives the digits to `use` and overwrites them, or returns 'malformed'. */
  async function withDigits<T>(
    sealed: Uint8Array,
    aad: Uint8Array,
    count: number,
    use: (digits: Uint8Array) => Promise<T>,
  ): Promise<T | 'malformed'> {
    if (sealed.length !== HPKE_ENC_BYTES + count + HPKE_TAG_BYTES) return 'malformed'
    const { privateKey } = await pair
    let digits: Uint8Array
    try {
      const enc = toBuffer(sealed.subarray(0, HPKE_ENC_BYTES))
      const ciphertext = toBuffer(sealed.subarray(HPKE_ENC_BYTES))
      const recipient = { recipientKey: privateKey, enc, info }
      digits = new Uint8Array(await suite.open(recipient, ciphertext, toBuffer(aad)))
    } catch {
      return 'malformed'
    }
    try {
      return digits.every(isDigit) ? await use(digits) : 'malformed'
    } finally {
      digits.fill(0)
    }
  }

  async function withPepper<T>(context: string, use: (secret: Uint8Array) => Promise<T>) {
    const secret = pepperOf(context)
    try {
      return await takeTurn(() => use(secret))
    } finally {
      secret.fill(0)
    }
  }
  const hashDigits = async (context: string, digits: Uint8Array) =>
    withPepper(context, async (secret) => ({ hash: await hash(digits, { ...COST, secret }) }))
  const checkDigits = (context: string, digits: Uint8Array, known: string) =>
    withPepper(context, (secret) => verify(known, digits, { secret }))

  const toBytes = (text: string) => new TextEncoder().encode(text.normalize('NFKC'))

  async function hashNew(context: string, digits: Uint8Array, other?: HashedPassword | null) {
    if (isTooSimple(digits)) return 'too_simple'
    if (other && (await checkDigits(other.context, digits, other.hash))) return 'same'
    return hashDigits(context, digits)
  }

  /** To compare with where there is nothing to compare with, at the same cost. */
  let decoy: Promise<string> | undefined
  const nobodys = () => {
    decoy ??= hash(randomBytes(PASSWORD_DIGITS), COST)
    return decoy
  }

  return {
    async keypadPublicKey() {
      const { publicKey } = await pair
      return new Uint8Array(await suite.kem.serializePublicKey(publicKey))
    },
    hashPassword: (context, sealed, aad, other) =>
      withDigits(sealed, aad, PASSWORD_DIGITS, (digits) => hashNew(context, digits, other)),
    checkPassword: (context, sealed, aad, known) =>
      withDigits(sealed, aad, PASSWORD_DIGITS, async (digits) =>
        (await checkDigits(context, digits, known)) ? 'right' : 'wrong',
      ),
    changePassword: (context, sealed, aad, known, other) =>
      withDigits(sealed, aad, 2 * PASSWORD_DIGITS, async (digits) => {
        const next = digits.subarray(PASSWORD_DIGITS)
        const right = await checkDigits(context, digits.subarray(0, PASSWORD_DIGITS), known)
        return right ? hashNew(context, next, other) : 'wrong'
      }),
    setWaterPassword: (context, sealed, aad, known, waterContext) =>
      withDigits(sealed, aad, 2 * PASSWORD_DIGITS, async (digits) => {
        const payment = digits.subarray(0, PASSWORD_DIGITS)
        const next = digits.subarray(PASSWORD_DIGITS)
        if (!(await checkDigits(context, payment, known))) return 'wrong'
        if (next.every((digit, at) => digit === payment[at])) return 'same'
        return isTooSimple(next) ? 'too_simple' : hashDigits(waterContext, next)
      }),
    async checkWaterPassword(waterContext, text, known) {
      const digits = new TextEncoder().encode(text)
      const right = await checkDigits(waterContext, digits, known ?? (await nobodys()))
      return known !== null && right ? 'right' : 'wrong'
    },
    hashStaffPassword: async (context, password) =>
      (await hashDigits(context, toBytes(password))).hash,
    async checkStaffPassword(context, password, known) {
      const right = await checkDigits(context, toBytes(password), known ?? (await nobodys()))
      return known !== null && right ? 'right' : 'wrong'
    },
  }
}

const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39

/** One digit six times, or a run up or down; 9 and 0 are neighbours, as 890123 shows. */
function isTooSimple(digits: Uint8Array): boolean {
  const steps = new Set<number>()
  digits.reduce((before, digit) => {
    steps.add((digit - before + 10) % 10)
    return digit
  })
  const [step] = steps
  return steps.size === 1 && (step === 0 || step === 1 || step === 9)
}

/** Bytes of their own, because the library looks at whole buffers. */
function toBuffer(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer
}
