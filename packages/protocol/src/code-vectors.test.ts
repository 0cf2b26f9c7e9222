import { createPrivateKey } from 'node:crypto'
import { FF1 } from '@noble/ciphers/ff1.js'
import { HOTP, Secret } from 'otpauth'
import { describe, expect, it } from 'vitest'
import vectors from '../vectors/codes.json' with { type: 'json' }
import { decryptAlias, deriveEpochKey, encryptAlias } from './alias.ts'
import {
  acceptableEpochs,
  aliasEpoch,
  EPOCH_OVERLAP_SECONDS,
  EPOCH_SECONDS,
} from './alias-epoch.ts'
import { routeCode } from './code-route.ts'
import { encodeCode128C } from './code128.ts'
import { formatIdentityCode } from './identity-code.ts'
import {
  acceptableSteps,
  DISPLAY_SECONDS,
  deriveOneTimeKey,
  drawOneTimePart,
  FAST_TOLERANCE_SECONDS,
  LIFETIME_SECONDS,
  oneTimeInfo,
  oneTimeSalt,
  oneTimeStep,
  STEP_SECONDS,
} from './one-time.ts'
import {
  checkOneTimePart,
  deriveOneTimeSecret,
  EXPLAIN_SECONDS,
  explainOneTimePart,
} from './one-time-check.ts'
import { type DeviceMode, formatDeviceCode, formatIssuedCode } from './payment-code.ts'

// The file that any vendor can run; here it runs against ours. docs/codes.md explains it.

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))
const base64url = (hex: string) => Buffer.from(hex, 'hex').toString('base64url')
const numerals = '0123456789abcdefghijklmnopqrstuvwxyz'

function importHmacKey(key: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
}

/** A P-256 pair as a JWK, from the private scalar and the uncompressed point. */
function jwk(privateHex: string, publicHex: string) {
  const [x, y] = [base64url(publicHex.slice(2, 66)), base64url(publicHex.slice(66))]
  return { kty: 'EC', crv: 'P-256', x, y, d: base64url(privateHex) }
}

it('constants are those of the code', () => {
  expect(vectors.constants).toEqual({
    stepSeconds: STEP_SECONDS,
    lifetimeSeconds: LIFETIME_SECONDS,
    fastToleranceSeconds: FAST_TOLERANCE_SECONDS,
    displaySeconds: DISPLAY_SECONDS,
    epochSeconds: EPOCH_SECONDS,
    epochOverlapSeconds: EPOCH_OVERLAP_SECONDS,
    explainSeconds: EXPLAIN_SECONDS,
  })
})

describe('ff1', () => {
  it.each(vectors.ff1)('$source: $plaintext → $ciphertext', (v) => {
    const ff1 = FF1(v.radix, bytes(v.keyHex), bytes(v.tweakHex))
    const digits = (text: string) => Array.from(text, (c) => numerals.indexOf(c))
    expect(ff1.encrypt(digits(v.plaintext))).toEqual(digits(v.ciphertext))
    expect(ff1.decrypt(digits(v.ciphertext))).toEqual(digits(v.plaintext))
  })
})

describe('oneTime', () => {
  it.each(vectors.oneTime)('$source, counter $counter: $value', async (v) => {
    const key = new TextEncoder().encode(v.keyAscii)
    const { algorithm, digits, counter } = v
    const secret = new Secret({ buffer: key.buffer })
    expect(HOTP.generate({ secret, algorithm, digits, counter })).toBe(v.value)
    if (algorithm !== 'SHA256') return
    const drawn = await drawOneTimePart(await importHmacKey(key), counter)
    expect(drawn.slice(-digits)).toBe(v.value)
    expect(checkOneTimePart(key, drawn, counter * STEP_SECONDS)).toBe(counter)
  })
})

describe('keyAgreement', () => {
  const v = vectors.keyAgreement

  it.each(v.keys)('$info under $grantSaltHex gives one K on phone and core', async (expected) => {
    const [salt, k] = [bytes(expected.grantSaltHex), bytes(expected.keyHex)]
    const core = createPrivateKey({
      key: jwk(v.corePrivateKeyHex, v.corePublicKeyHex),
      format: 'jwk',
    })
    expect(deriveOneTimeSecret(core, bytes(v.devicePublicKeyHex), salt, expected.info)).toEqual(k)

    const device = await crypto.subtle.importKey(
      'jwk',
      jwk(v.devicePrivateKeyHex, v.devicePublicKeyHex),
      { name: 'ECDH', namedCurve: 'P-256' },
      false,
      ['deriveBits'],
    )
    const key = await deriveOneTimeKey(device, bytes(v.corePublicKeyHex), salt, expected.info)
    expect(await drawOneTimePart(key, 1)).toBe(await drawOneTimePart(await importHmacKey(k), 1))
  })
})

describe('epochKeys and aliases', () => {
  it.each(vectors.epochKeys)('key of epoch $epoch', (v) => {
    expect(deriveEpochKey(bytes(v.schoolAliasKeyHex), v.epoch)).toEqual(bytes(v.epochKeyHex))
  })

  it.each(vectors.aliases)('index $deviceIndex of $school in $epoch is $alias', (v) => {
    const key = bytes(v.epochKeyHex)
    expect(encryptAlias(key, v.school, v.epoch, v.deviceIndex)).toBe(v.alias)
    expect(decryptAlias(key, v.school, v.epoch, v.alias)).toBe(v.deviceIndex)
  })
})

describe('drawn', () => {
  it.each(vectors.drawn)('at $time: $code', async (v) => {
    expect(aliasEpoch(v.time)).toBe(v.epoch)
    expect(oneTimeStep(v.time)).toBe(v.step)
    const alias = encryptAlias(bytes(v.epochKeyHex), v.school, v.epoch, v.deviceIndex)
    expect(alias).toBe(v.alias)
    const key = await importHmacKey(new TextEncoder().encode(v.oneTimeKeyAscii))
    const oneTimePart = await drawOneTimePart(key, v.step)
    expect(oneTimePart).toBe(v.oneTimePart)
    const mode = v.mode as DeviceMode
    expect(formatDeviceCode({ school: v.school, mode, alias, oneTimePart })).toBe(v.code)
  })
})

describe('window (R18)', () => {
  it.each(vectors.window)('$secondsSinceStep s after the step began: $accepted', (v) => {
    expect(acceptableSteps(v.nowSeconds).includes(v.step)).toBe(v.accepted)
  })
})

describe('epochs', () => {
  it.each(vectors.epochs)('at $nowSeconds: $accepted', (v) => {
    expect(acceptableEpochs(v.nowSeconds)).toEqual(v.accepted)
  })
})

describe('checks', () => {
  const { cases, ...device } = vectors.checks

  /** The stateless half of docs/codes.md, "Checking a device-made code", for a single device. */
  function check(text: string, nowSeconds: number) {
    const routed = routeCode(text)
    if (routed.kind !== 'payment' || routed.code.madeBy !== 'device') return { result: 'format' }
    const { school, mode, alias, oneTimePart } = routed.code
    if (school !== device.school) return { result: 'other-school' }
    const known = acceptableEpochs(nowSeconds).some((epoch) => {
      const epochKey = deriveEpochKey(bytes(device.schoolAliasKeyHex), epoch)
      return decryptAlias(epochKey, school, epoch, alias) === device.deviceIndex
    })
    if (!known) return { result: 'no-device' }
    const key = vectors.keyAgreement.keys.find(
      (k) => k.grantSaltHex === device.grantSaltHex && k.info === oneTimeInfo(school, mode),
    )
    if (!key) throw new Error('no key vector for this mode')
    const k = bytes(key.keyHex)
    const step = checkOneTimePart(k, oneTimePart, nowSeconds)
    if (step === undefined) return { result: explainOneTimePart(k, oneTimePart, nowSeconds) }
    return { result: 'accepted', step }
  }

  it.each(cases)('$name: $result', ({ code, nowSeconds, name: _, ...expected }) => {
    expect(check(code, nowSeconds)).toEqual(expected)
  })

  it('uses the shared secret and salt of keyAgreement', () => {
    expect(device.sharedSecretHex).toBe(vectors.keyAgreement.sharedSecretHex)
    expect(oneTimeSalt(bytes(device.grantSaltHex)).length).toBe(31)
  })
})

describe('routing (R28)', () => {
  it.each(vectors.routing)('$name: $kind', (v) => {
    const { kind, payment, identity } = v as {
      kind: string
      payment?: object
      identity?: object
    }
    const code = payment ?? identity
    expect(routeCode(v.text)).toEqual(code ? { kind, code } : { kind })
  })

  it('what was read as ours is written back digit by digit', () => {
    for (const { text } of vectors.routing) {
      const routed = routeCode(text)
      if (routed.kind === 'identity') expect(formatIdentityCode(routed.code)).toBe(text)
      if (routed.kind !== 'payment') continue
      const { code } = routed
      expect(code.madeBy === 'device' ? formatDeviceCode(code) : formatIssuedCode(code)).toBe(text)
    }
  })

  it('every valid code of ours is refused with one digit less, one more, or wrapped', () => {
    const valid = vectors.routing.filter((v) => v.kind === 'payment' || v.kind === 'identity')
    expect(valid.length).toBeGreaterThan(8)
    for (const { text } of valid) {
      const wrong = [text.slice(1), text.slice(0, -1), `${text}0`, `0${text}`]
      for (const space of [' ', '\t', '\n', '\r\n', '\u00a0', '\u3000', '\ufeff', '\0']) {
        wrong.push(text + space, space + text)
      }
      for (const bad of wrong) expect(routeCode(bad)).toEqual({ kind: 'unknown' })
    }
  })

  it('a payment code whose 71 becomes 72 can never pay (R5)', () => {
    for (const { text, kind } of vectors.routing) {
      if (kind !== 'payment') continue
      expect(routeCode(`72${text.slice(2)}`).kind).not.toBe('payment')
    }
  })

  it('answers long rubbish at once', () => {
    const started = performance.now()
    for (const piece of ['7', '71', '1', ' ', 'ECA1:', 'https://a/c/1?s=', '\n']) {
      expect(routeCode(piece.repeat(200_000)).kind).toBe('unknown')
    }
    expect(performance.now() - started).toBeLessThan(1000)
  })
})

describe('code128C', () => {
  it.each(vectors.code128C)('$digits', (v) => {
    expect(encodeCode128C(v.digits).join('')).toBe(v.widths)
  })
})
