import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  acceptableSteps,
  deriveOneTimeKey,
  drawOneTimePart,
  GRANT_SALT_BYTES,
  generateAgreementKey,
  oneTimeInfo,
  oneTimeSalt,
  oneTimeStep,
  STEP_SECONDS,
} from './one-time.ts'
import {
  checkOneTimePart,
  deriveOneTimeSecret,
  explainOneTimePart,
  importP256Point,
} from './one-time-check.ts'

const nowSeconds = 1_760_000_005
const grantSalt = Uint8Array.from({ length: GRANT_SALT_BYTES }, (_, i) => i)

/** The core's key pair as the key process would hold it. */
function makeCoreKey() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const point = Uint8Array.from(
    Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]),
  )
  return { point, privateKey }
}

describe('acceptableSteps', () => {
  it('are always the seven with −10 s ≤ now − 10·T < 60 s, oldest first (R18)', () => {
    for (let now = nowSeconds; now < nowSeconds + 20; now += 0.25) {
      const expected = []
      for (let step = oneTimeStep(now) - 20; step < oneTimeStep(now) + 20; step++) {
        const sinceStep = now - STEP_SECONDS * step
        if (sinceStep >= -10 && sinceStep < 60) expected.push(step)
      }
      expect(acceptableSteps(now)).toEqual(expected)
      expect(expected).toHaveLength(7)
    }
  })
})

describe('oneTimeSalt', () => {
  it('faults on a grant salt that is not 16 bytes', () => {
    expect(() => oneTimeSalt(new Uint8Array(15))).toThrow(RangeError)
    expect(() => oneTimeSalt(new Uint8Array(17))).toThrow(RangeError)
  })
})

describe('phone and core', () => {
  const core = makeCoreKey()
  let device: CryptoKeyPair
  let devicePoint: Uint8Array

  beforeAll(async () => {
    device = await generateAgreementKey()
    devicePoint = new Uint8Array(await crypto.subtle.exportKey('raw', device.publicKey))
  })

  const phoneKey = (info: string, salt = grantSalt) =>
    deriveOneTimeKey(device.privateKey, core.point, salt, info)
  const coreKey = (info: string, salt = grantSalt) =>
    deriveOneTimeSecret(core.privateKey, devicePoint, salt, info)

  it('agree on every part from their own halves of the key', async () => {
    const info = oneTimeInfo('1001', 2)
    const key = await phoneKey(info)
    const secret = coreKey(info)
    for (const step of acceptableSteps(nowSeconds)) {
      const part = await drawOneTimePart(key, step)
      expect(part).toMatch(/^\d{10}$/)
      expect(checkOneTimePart(secret, part, nowSeconds)).toBe(step)
    }
  })

  it('hold keys that cannot be read out of the browser', async () => {
    const key = await phoneKey(oneTimeInfo('1001', 1))
    expect(key.extractable).toBe(false)
    expect(key.algorithm).toMatchObject({ name: 'HMAC', hash: { name: 'SHA-256' }, length: 256 })
    expect(device.privateKey.extractable).toBe(false)
    await expect(crypto.subtle.exportKey('raw', key)).rejects.toThrow()
    await expect(crypto.subtle.exportKey('pkcs8', device.privateKey)).rejects.toThrow()
  })

  it('disagree once school, mode or grant differ', async () => {
    const key = await phoneKey(oneTimeInfo('1001', 1))
    const part = await drawOneTimePart(key, oneTimeStep(nowSeconds))
    const others = [
      coreKey(oneTimeInfo('1002', 1)),
      coreKey(oneTimeInfo('1001', 3)),
      coreKey(oneTimeInfo('1001', 1), Uint8Array.from(randomBytes(16))),
    ]
    for (const other of others) expect(checkOneTimePart(other, part, nowSeconds)).toBeUndefined()
  })

  it('refuse a point that is not on the curve, on both sides', async () => {
    const off = Uint8Array.from(core.point)
    off[64] = (off[64] ?? 0) ^ 1
    expect(() => importP256Point(off)).toThrow()
    expect(() => importP256Point(core.point.subarray(1))).toThrow(RangeError)
    await expect(
      deriveOneTimeKey(device.privateKey, off, grantSalt, oneTimeInfo('1001', 1)),
    ).rejects.toThrow()
  })
})

describe('drawOneTimePart', () => {
  it('keeps leading zeros, so that a part is always ten digits', async () => {
    const key = await crypto.subtle.importKey(
      'raw',
      new TextEncoder().encode('12345678901234567890123456789012'),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['sign'],
    )
    expect(await drawOneTimePart(key, 1)).toBe('0746119246')
  })
})

describe('checkOneTimePart', () => {
  const key = Uint8Array.from({ length: 32 }, (_, i) => 255 - i)

  it.each(['', '1', '123456789', '12345678901', '１２３４５６７８９０', '12345６789'])(
    'refuses %j, whose length is wrong in characters or bytes',
    (part) => {
      expect(checkOneTimePart(key, part, nowSeconds)).toBeUndefined()
      expect(explainOneTimePart(key, part, nowSeconds)).toBe('wrong')
    },
  )

  it('leaves the key as it was, also when it is a view into a larger buffer', () => {
    const whole = new Uint8Array(64)
    whole.set(key, 16)
    const view = whole.subarray(16, 48)
    for (const secret of [key, view]) checkOneTimePart(secret, '0000000000', nowSeconds)
    expect(view).toEqual(key)
  })
})
