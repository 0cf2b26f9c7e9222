import { randomBytes, webcrypto } from 'node:crypto'
import { decryptAlias, encryptAlias } from '@campus-ecode/protocol/alias'
import {
  deriveOneTimeKey,
  drawOneTimePart,
  generateAgreementKey,
  oneTimeInfo,
} from '@campus-ecode/protocol/one-time'
import { checkOneTimePart } from '@campus-ecode/protocol/one-time-check'
import { describe, expect, it } from 'vitest'
import { createKeyOperations } from './derive-keys.ts'
import type { Keyring } from './keyring.ts'

const keyring = (): Keyring => ({
  format: 'campus-ecode-keyring/1',
  alias: [{ version: 1, fromEpoch: 0, key: randomBytes(32) }],
  agreement: randomBytes(32),
  data: [{ version: 1, key: randomBytes(32) }],
  index: randomBytes(32),
})

describe('device keys', () => {
  it('agree with the key that the phone derives by WebCrypto', async () => {
    const keys = createKeyOperations(keyring())
    const phone = await generateAgreementKey()
    const point = new Uint8Array(await webcrypto.subtle.exportKey('raw', phone.publicKey))
    const salt = randomBytes(16)
    const info = oneTimeInfo('1001', 2)
    const corePoint = new Uint8Array(keys.corePublicKey('1001'))
    expect(corePoint).toHaveLength(65)
    const phoneKey = await deriveOneTimeKey(phone.privateKey, corePoint, salt, info)
    const part = await drawOneTimePart(phoneKey, 100_000_000)
    const coreKey = keys.deviceKey('1001', point, salt, info)
    expect(checkOneTimePart(coreKey, part, 1_000_000_000)).toBe(100_000_000)
    // Neither another school, mode nor grant gives the same key.
    for (const other of [
      keys.deviceKey('1002', point, salt, info),
      keys.deviceKey('1001', point, salt, oneTimeInfo('1001', 1)),
      keys.deviceKey('1001', point, randomBytes(16), info),
    ]) {
      expect(other).not.toEqual(coreKey)
    }
  })

  it('are refused for bytes that are no point of the curve', () => {
    const keys = createKeyOperations(keyring())
    const point = new Uint8Array(65).fill(7)
    point[0] = 4
    expect(() => keys.deviceKey('1001', point, randomBytes(16), 'pay|1001|1')).toThrow()
  })

  it('stay the same when the process starts again, and differ between installations', () => {
    const ring = keyring()
    const one = createKeyOperations(ring).corePublicKey('1001')
    expect(createKeyOperations(ring).corePublicKey('1001')).toEqual(one)
    expect(createKeyOperations(keyring()).corePublicKey('1001')).not.toEqual(one)
    expect(createKeyOperations(ring).corePublicKey('1002')).not.toEqual(one)
  })
})

describe('alias keys', () => {
  it('differ by school and epoch and undo each other', () => {
    const keys = createKeyOperations(keyring())
    const [key] = keys.epochKeys('1001', 100)
    if (!key) throw new Error('no key')
    const alias = encryptAlias(key, '1001', 100, 42)
    expect(decryptAlias(key, '1001', 100, alias)).toBe(42)
    expect(keys.epochKeys('1002', 100)[0]).not.toEqual(key)
    expect(keys.epochKeys('1001', 101)[0]).not.toEqual(key)
  })

  it('come from the version that had begun by the epoch', () => {
    const ring = keyring()
    const before = createKeyOperations(ring)
    const after = createKeyOperations({
      ...ring,
      alias: [...ring.alias, { version: 2, fromEpoch: 200, key: randomBytes(32) }],
    })
    expect(after.epochKeys('1001', 199)).toEqual(before.epochKeys('1001', 199))
    expect(after.epochKeys('1001', 200)).not.toEqual(before.epochKeys('1001', 200))
  })
})

describe('sealed values', () => {
  it('open under the same context, also after a newer data key was added', () => {
    const ring = keyring()
    const sealed = createKeyOperations(ring).seal('people/1001/a', '林知夏 2023')
    const newer = createKeyOperations({
      ...ring,
      data: [...ring.data, { version: 2, key: randomBytes(32) }],
    })
    expect(newer.open('people/1001/a', sealed)).toBe('林知夏 2023')
    expect(newer.seal('people/1001/a', 'x')[0]).toBe(2)
    expect(Buffer.from(sealed).includes('2023')).toBe(false)
  })

  it('differ each time, and do not open elsewhere, changed, cut or under other keys', () => {
    const keys = createKeyOperations(keyring())
    const sealed = keys.seal('people/1001/a', 'secret')
    expect(keys.seal('people/1001/a', 'secret')).not.toEqual(sealed)
    expect(() => keys.open('people/1001/b', sealed)).toThrow()
    for (let at = 0; at < sealed.length; at++) {
      const changed = Uint8Array.from(sealed)
      changed[at] = (changed[at] ?? 0) ^ 1
      expect(() => keys.open('people/1001/a', changed)).toThrow()
    }
    expect(() => keys.open('people/1001/a', sealed.subarray(0, -1))).toThrow()
    expect(() => keys.open('people/1001/a', new Uint8Array(0))).toThrow()
    expect(() => createKeyOperations(keyring()).open('people/1001/a', sealed)).toThrow()
  })
})

describe('index', () => {
  it('is the same for the same value and tells contexts and installations apart', () => {
    const keys = createKeyOperations(keyring())
    const hash = keys.index('card-no/1001', '20230001')
    expect(hash).toHaveLength(32)
    expect(keys.index('card-no/1001', '20230001')).toEqual(hash)
    expect(keys.index('card-no/1002', '20230001')).not.toEqual(hash)
    expect(createKeyOperations(keyring()).index('card-no/1001', '20230001')).not.toEqual(hash)
  })
})
