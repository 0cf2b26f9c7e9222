import { documentSigningInput } from '@campus-ecode/protocol/signed-document'
import { sm2 } from 'sm-crypto-v2'
import { v7 } from 'uuid'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { inTransaction, openPool } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import { createAccessGate } from '../testing/access-gate.ts'
import { createTestCampus, SCHOOL, type TestCampus } from '../testing/campus.ts'
import { chooseAlgorithm } from './choose-algorithm.ts'
import { currentKeySet } from './current-key-set.ts'
import { findRootKey } from './find-root-key.ts'
import { type Rotation, rotateIssuerKey } from './rotate-issuer-key.ts'
import { signPolicy } from './sign-policy.ts'

const DAY_MS = 86_400_000

let campus: TestCampus
let services: Services
let gate: Awaited<ReturnType<typeof createAccessGate>>
beforeEach(async () => {
  campus = await createTestCampus()
  services = campus.services
  gate = await createAccessGate(services.keys, SCHOOL)
})
afterEach(() => campus.close())

const takeKeys = async () => gate.takeKeys((await currentKeySet(services, SCHOOL)).document)
const idsOf = ({ keys }: { keys: { keyId: number }[] }) => keys.map(({ keyId }) => keyId)

const policy = () => ({
  ...{ school: SCHOOL, gateId: v7(), seq: 1, utcOffsetMinutes: 480 },
  issued: Math.floor(services.now() / 1000),
  ...{ shownPastSeconds: 20, shownFutureSeconds: 5, staleList: 'closed' as const, rules: [] },
})
const signerNow = async () => (await signPolicy(services, SCHOOL, policy())).keyId

async function rotate(options: { withdraw?: boolean } = {}): Promise<Rotation> {
  const rotation = await rotateIssuerKey(services, SCHOOL, { withdraw: false, ...options })
  if (typeof rotation === 'string') throw new Error(rotation)
  return rotation
}

/** Another core on the same database and keys. */
async function withAnotherCore<T>(work: (other: Services) => Promise<T>): Promise<T> {
  const pool = openPool({ connectionString: campus.db.url })
  try {
    return await work({ ...services, db: { pool, close: async () => {} } })
  } finally {
    await pool.end()
  }
}

describe('the key set', () => {
  it('holds the key that signs and the next one, under the root key, and stays as it is', async () => {
    const first = await currentKeySet(services, SCHOOL)
    const set = gate.takeKeys(first.document)
    expect(set).toMatchObject({ school: SCHOOL, seq: 1, keys: [{ keyId: 1 }, { keyId: 2 }] })
    const now = services.now() / 1000
    for (const { notBefore, notAfter } of set.keys) {
      expect(notBefore).toBeLessThan(now - 3_000)
      expect(notAfter).toBeGreaterThan(now + 330 * 86_400)
    }
    expect(set.expires - set.issued).toBe(365 * 86_400)
    campus.moveClock(180 * DAY_MS)
    expect(await currentKeySet(services, SCHOOL)).toEqual(first)
    expect(await signerNow()).toBe(1)
  })

  it('is made once when several cores begin at the same moment', async () => {
    const sets = await withAnotherCore((other) =>
      Promise.all(
        Array.from({ length: 8 }, (_, i) => currentKeySet(i % 2 ? other : services, SCHOOL)),
      ),
    )
    for (const set of sets) expect(set).toEqual(sets[0])
    const { rows } = await campus.db.pool.query('select key_id from issuer_keys order by key_id')
    expect(rows).toEqual([{ key_id: 1 }, { key_id: 2 }])
  })

  it('is signed anew when half of its time is over, with the same keys', async () => {
    const before = await takeKeys()
    campus.moveClock(183 * DAY_MS)
    const after = await takeKeys()
    expect(after).toMatchObject({ seq: 2, keys: before.keys })
    expect(after.expires).toBeGreaterThan(before.expires)
  })

  it('goes on from key to key over the years, each published long before it signs', async () => {
    const published = new Map<number, number>()
    let day = 0
    for (; day < 3 * 365; day += 5) {
      const set = await takeKeys()
      for (const keyId of idsOf(set)) if (!published.has(keyId)) published.set(keyId, day)
      const signer = await signerNow()
      expect(signer).toBe(1 + Math.floor(day / 330))
      expect(day - (published.get(signer ?? 0) ?? day)).toBeGreaterThanOrEqual(
        signer === 1 ? 0 : 300,
      )
      // Whatever was signed within the last days is still believed.
      expect(idsOf(set)).toContain(1 + Math.floor(Math.max(0, day - 34) / 330))
      expect(set.expires).toBeGreaterThan(services.now() / 1000 + 180 * 86_400)
      campus.moveClock(5 * DAY_MS)
    }
    expect([...published.keys()]).toEqual([1, 2, 3, 4, 5])
    expect(idsOf(await takeKeys())).toEqual([4, 5])
  })

  it('knows no school that is not there', async () => {
    await expect(currentKeySet(services, '4004')).rejects.toThrow('no such school')
    await expect(findRootKey(services, '4004')).rejects.toThrow('no such school')
    expect(await rotateIssuerKey(services, '4004', { withdraw: false })).toBe('unknown_school')
  })

  it('is of SM2 keys where the school wants SM2, and others believe it', async () => {
    const choose = (algorithm: 'ed25519' | 'sm2') =>
      inTransaction(campus.db.pool, (tx) => chooseAlgorithm(tx, SCHOOL, algorithm))
    await choose('ed25519')
    await choose('sm2')
    const root = await findRootKey(services, SCHOOL)
    expect(root.algorithm).toBe('sm2')
    const { document } = await currentKeySet(services, SCHOOL)
    const { keyId, algorithm, payload, signature } = await signPolicy(services, SCHOOL, policy())
    expect({ keyId, algorithm }).toEqual({ keyId: 1, algorithm: 'sm2' })
    const { keys } = JSON.parse(Buffer.from(document.payload, 'base64url').toString('utf8'))
    const hex = (text: string) => Buffer.from(text, 'base64url').toString('hex')
    const isSigned = (type: 'ECA1.keys' | 'ECA1.policy', text: string, by: string, key: string) =>
      sm2.doVerifySignature(
        documentSigningInput(type, Buffer.from(text, 'base64url')),
        hex(by),
        hex(key),
        { hash: true, der: false, userId: '1234567812345678' },
      )
    expect(isSigned('ECA1.keys', document.payload, document.signature, root.publicKey)).toBe(true)
    expect(isSigned('ECA1.policy', payload, signature, keys[0].publicKey)).toBe(true)
    // Gates are set up with that root key.
    await choose('sm2')
    await expect(choose('ed25519')).rejects.toThrow('has access keys already, of sm2')
    expect(await findRootKey(services, SCHOOL)).toEqual(root)
  })
})

describe('rotating', () => {
  it('lets the next key sign at once, which gates know already, and believes the one before', async () => {
    const before = await takeKeys()
    const rotation = await rotate()
    expect(rotation).toEqual({ endedKeyId: 1, presentKeyId: 2, keysSeq: 2 })
    expect(idsOf(before)).toContain(await signerNow())
    const after = await takeKeys()
    expect(idsOf(after)).toEqual([1, 2, 3])
    // No longer than credentials and documents need.
    const end = (set: typeof after) => set.keys.find(({ keyId }) => keyId === 1)?.notAfter ?? 0
    expect(end(after)).toBeLessThan(end(before))
    expect(end(after)).toBeGreaterThan(services.now() / 1000 + 34 * 86_400)
    campus.moveClock(36 * DAY_MS)
    expect(idsOf(await takeKeys())).toEqual([2, 3])
  })

  it('takes a key away that somebody else may have, and revokes what it signed', async () => {
    await takeKeys()
    const startedAt = services.now()
    await rotate({ withdraw: true })
    expect(idsOf(await takeKeys())).toEqual([2, 3])
    const { rows } = await campus.db.pool.query('select credentials_not_before from schools')
    expect(rows[0].credentials_not_before.getTime()).toBeGreaterThanOrEqual(startedAt)
  })

  it('takes away with it the keys before, which somebody else may have as well', async () => {
    await takeKeys()
    await rotate()
    expect(idsOf(await takeKeys())).toEqual([1, 2, 3])
    await rotate({ withdraw: true })
    expect(idsOf(await takeKeys())).toEqual([3, 4])
  })

  it('goes one by one when two do so at once', async () => {
    await takeKeys()
    const [one, two] = await withAnotherCore((other) =>
      Promise.all([rotate(), rotateIssuerKey(other, SCHOOL, { withdraw: true })]),
    )
    expect(new Set([one, two].map((rotation) => (rotation as Rotation).endedKeyId)).size).toBe(2)
    const set = await takeKeys()
    expect(set.seq).toBe(3)
    // Whichever was withdrawn; and what was rotated before that is gone with it.
    expect(idsOf(set)).toEqual((one as Rotation).endedKeyId === 1 ? [3, 4] : [2, 3, 4])
    expect(await signerNow()).toBe(3)
  })

  it('is turned away when the key set is full of keys that are believed', async () => {
    for (let count = 0; count < 14; count++) await rotate()
    expect(idsOf(await takeKeys())).toHaveLength(16)
    expect(await rotateIssuerKey(services, SCHOOL, { withdraw: false })).toBe('too_often')
    await rotate({ withdraw: true })
    expect(idsOf(await takeKeys())).toEqual([16, 17])
    campus.moveClock(36 * DAY_MS)
    await rotate()
    expect(idsOf(await takeKeys()).length).toBeLessThan(5)
  })
})
