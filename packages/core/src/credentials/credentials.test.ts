import { randomBytes } from 'node:crypto'
import { v7 } from 'uuid'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { currentKeySet } from '../access-keys/current-key-set.ts'
import { rotateIssuerKey } from '../access-keys/rotate-issuer-key.ts'
import { inTransaction } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import { currentList } from '../revocations/current-list.ts'
import { revokeOutdated } from '../revocations/revoke-credentials.ts'
import { createAccessGate, hashOf, newAccessKey, readCredential } from '../testing/access-gate.ts'
import { SCHOOL } from '../testing/campus.ts'
import { type CallOptions, createHttpCore, type HttpCore } from '../testing/http-core.ts'

let core: HttpCore
let services: Services
let gate: Awaited<ReturnType<typeof createAccessGate>>
beforeAll(async () => {
  core = await createHttpCore()
  services = core.services
})
beforeEach(async () => {
  gate = await createAccessGate(services.keys, SCHOOL)
  gate.takeKeys((await currentKeySet(services, SCHOOL)).document)
})
afterAll(() => core.close())

type Request = Record<string, unknown>

const call = (personId: string, body: Request = {}, more: CallOptions = {}) =>
  core.call('startCredential', {
    params: { personId },
    body: { publicKey: newAccessKey(), label: 'Pixel 9', consent: true, ...body },
    ...more,
  })

async function start(personId: string, body: Request = {}) {
  const reply = await call(personId, body)
  expect(reply.status, JSON.stringify(reply.body)).toBe(201)
  return reply.body as { credentialId: string; credential: string } & Record<string, string>
}

const refusal = async (personId: string, body: Request = {}) =>
  (await call(personId, body)).body.code
const end = (personId: string, credentialId: string) =>
  core.call('endCredential', { params: { personId, credentialId } })
const takeList = async () => gate.takeList(await currentList(services, SCHOOL, 0))

async function rowsOf(personId: string) {
  const { rows } = await core.db.pool.query(
    `select credential_id, credential_hash, revoked_at, revoked_reason as reason from access_credentials
      where person_id = $1 order by not_before, credential_id`,
    [personId],
  )
  return rows as { credential_id: string; credential_hash: Buffer; reason: string | null }[]
}

const age = (personId: string, seconds: number) =>
  core.db.pool.query(
    `update access_credentials set not_before = not_before - $2 * interval '1 second',
            expires_at = expires_at - $2 * interval '1 second' where person_id = $1`,
    [personId, seconds],
  )

describe('a credential', () => {
  it('is believed by a gate that has never heard of the phone, for as long as it says (R31)', async () => {
    const { personId } = await core.addPerson({ personClass: 'student' })
    const publicKey = newAccessKey()
    const given = await start(personId, { publicKey })
    const nowSeconds = Math.floor(services.now() / 1000)
    const body = readCredential(given.credential)
    expect(body).toMatchObject({
      ...{ algorithm: 'ed25519', keyId: 1, school: SCHOOL, class: 'student', profile: 0 },
      lifetimeMinutes: 1_440,
    })
    expect(Buffer.from(body.devicePublicKey).toString('base64url')).toBe(publicKey)
    expect(Math.abs(nowSeconds - 60 - body.notBefore)).toBeLessThan(5)
    const at = (text = '') => Date.parse(text) / 1000
    expect(at(given.notBefore)).toBe(body.notBefore)
    expect(at(given.expiresAt)).toBe(body.notBefore + 86_400)
    expect(at(given.renewAt)).toBe(body.notBefore + 43_200)
    expect(gate.refuse(given.credential)).toBeUndefined()
    expect(gate.refuse(given.credential, body.notBefore + 86_400)).toBe('CREDENTIAL_EXPIRED')
    const [row] = await rowsOf(personId)
    expect(row?.credential_hash).toEqual(hashOf(given.credential))
  })

  it('lives as long as the school says, and says the class and profile of now', async () => {
    const { personId } = await core.addPerson({ personClass: 'visitor' })
    await core.db.pool.query('update schools set credential_minutes = 10')
    await core.db.pool.query('update people set access_profile = 513 where person_id = $1', [
      personId,
    ])
    const { credential } = await start(personId)
    await core.db.pool.query('update schools set credential_minutes = 1440')
    expect(readCredential(credential)).toMatchObject({
      ...{ class: 'visitor', profile: 513, lifetimeMinutes: 10 },
    })
  })

  it('DEVICE_KEY_INVALID for what is no point of the curve, and for a key a second time at once', async () => {
    const { personId } = await core.addPerson()
    const key = Buffer.from(newAccessKey(), 'base64url')
    const offCurve = Buffer.of(2, ...Buffer.alloc(32, 0xff))
    for (const bytes of [offCurve, Buffer.of(4, ...key.subarray(1)), Buffer.alloc(33)]) {
      expect(await refusal(personId, { publicKey: bytes.toString('base64url') })).toBe(
        'DEVICE_KEY_INVALID',
      )
    }
    const publicKey = key.toString('base64url')
    const replies = await Promise.all([1, 2, 3].map(() => call(personId, { publicKey })))
    const given = replies.filter(({ status }) => status === 201)
    // Several, where a second has passed between them.
    expect(given.length).toBeGreaterThan(0)
    expect(await rowsOf(personId)).toHaveLength(given.length)
    for (const { status, body } of replies)
      if (status !== 201) expect(body.code).toBe('DEVICE_KEY_INVALID')
  })

  it('CARD_NOT_CLAIMED, CARD_LOCKED, CARD_CLOSED without an active card', async () => {
    for (const [cardStatus, code] of [
      ['unclaimed', 'CARD_NOT_CLAIMED'],
      ['locked', 'CARD_LOCKED'],
      ['closed', 'CARD_CLOSED'],
    ] as const) {
      const { personId } = await core.addPerson({ cardStatus })
      expect(await refusal(personId)).toBe(code)
    }
    expect(await refusal(v7())).toBe('NOT_FOUND')
  })

  it('CONSENT_REQUIRED unless it is given now or stands (R42)', async () => {
    const { personId } = await core.addPerson()
    const without = { consent: undefined }
    expect(await refusal(personId, without)).toBe('CONSENT_REQUIRED')
    await start(personId)
    await start(personId, without)
    const { body } = await core.call('getConsents', { params: { personId } })
    const gateRecords = body.consents.find(
      (one: { purpose: string }) => one.purpose === 'gate_records',
    )
    expect(gateRecords.given).not.toBeNull()
  })

  it('is refused the 31st time a day with RATE_LIMITED, and nothing else happens', async () => {
    const { personId } = await core.addPerson()
    for (let count = 0; count < 10; count++) await start(personId)
    await age(personId, 7_200)
    for (let count = 0; count < 20; count++) await start(personId)
    await core.call('withdrawConsent', { params: { personId }, body: { purpose: 'gate_records' } })
    const { body } = await call(personId)
    expect(body.code).toBe('RATE_LIMITED')
    expect(body.retryAfterSeconds).toBeGreaterThan(21 * 3_600)
    expect(body.retryAfterSeconds).toBeLessThanOrEqual(22 * 3_600)
    expect(await refusal(personId, { consent: undefined })).toBe('CONSENT_REQUIRED')
    await age(personId, 22 * 3_600)
    await start(personId)
  })

  it('refuses more than 30 a day also when they are asked for at once', async () => {
    const { personId } = await core.addPerson()
    const replies = await Promise.all(Array.from({ length: 35 }, () => call(personId)))
    expect(replies.filter(({ status }) => status === 201)).toHaveLength(30)
    expect(await rowsOf(personId)).toHaveLength(30)
  })

  it('ends the earlier one of the same page, and nobody else’s', async () => {
    const [one, other] = [await core.addPerson(), await core.addPerson()]
    const first = await start(one.personId)
    const foreign = await start(other.personId)
    const second = await start(one.personId, { replaces: first.credentialId })
    await start(one.personId, { replaces: foreign.credentialId })
    expect(
      (await rowsOf(one.personId)).find((row) => row.credential_id === first.credentialId),
    ).toMatchObject({ reason: 'replaced' })
    expect(await rowsOf(other.personId)).toMatchObject([{ reason: null }])
    // It is not worth a list of its own; the next one has it.
    const before = await takeList()
    expect((await takeList()).seq).toBe(before.seq)
    await end(other.personId, foreign.credentialId)
    expect((await takeList()).seq).toBe(before.seq + 1)
    expect(gate.refuse(first.credential)).toBe('REVOKED')
    expect(gate.refuse(foreign.credential)).toBe('REVOKED')
    expect(gate.refuse(second.credential)).toBeUndefined()
  })

  it('does not end the earlier one when it is refused itself', async () => {
    const { personId } = await core.addPerson()
    const { credentialId: replaces } = await start(personId)
    expect(
      await refusal(personId, { replaces, publicKey: Buffer.alloc(33).toString('base64url') }),
    ).toBe('DEVICE_KEY_INVALID')
    expect(await rowsOf(personId)).toMatchObject([{ reason: null }])
  })

  it('takes a nonce once, and malformed requests never', async () => {
    const { personId } = await core.addPerson()
    const more = { nonce: randomBytes(16).toString('base64url') }
    expect((await call(personId, {}, more)).status).toBe(201)
    expect((await call(personId, {}, more)).body.code).toBe('SIGNATURE_REPLAYED')
    for (const wrong of [
      { publicKey: 'x' },
      { label: '' },
      { label: 'a\nb' },
      { consent: false },
      { replaces: 'x' },
      { more: 1 },
    ]) {
      expect(await refusal(personId, wrong)).toBe('BAD_REQUEST')
    }
    expect(await rowsOf(personId)).toHaveLength(1)
  })
})

describe('ending a credential', () => {
  it('is for its owner alone, reaches gates with the next list, and may be repeated', async () => {
    const [one, other] = [await core.addPerson(), await core.addPerson()]
    const { credentialId, credential } = await start(one.personId)
    const kept = await start(one.personId)
    expect((await end(other.personId, credentialId)).status).toBe(200)
    await takeList()
    expect(gate.refuse(credential)).toBeUndefined()
    expect((await end(one.personId, credentialId)).status).toBe(200)
    await takeList()
    expect(gate.refuse(credential)).toBe('REVOKED')
    expect(gate.refuse(kept.credential)).toBeUndefined()
    const { seq } = await takeList()
    expect((await end(one.personId, credentialId)).status).toBe(200)
    expect((await end(one.personId, v7())).status).toBe(200)
    expect((await takeList()).seq).toBe(seq)
    expect(await core.refused('endCredential', { params: { personId: v7(), credentialId } })).toBe(
      'NOT_FOUND',
    )
  })
})

describe('a phone that is removed', () => {
  it('takes the access codes with it that the person calls the same', async () => {
    const { personId } = await core.addPerson()
    const { deviceId } = await core.enrolPhone(personId)
    const [same, other] = [await start(personId, { label: 'test' }), await start(personId)]
    const params = { personId, deviceId }
    expect((await core.call('removeDevice', { params })).status).toBe(200)
    await takeList()
    expect(gate.refuse(same.credential)).toBe('REVOKED')
    expect(gate.refuse(other.credential)).toBeUndefined()
    // Removing it again is not losing the next phone of that name.
    const next = await start(personId, { label: 'test' })
    expect((await core.call('removeDevice', { params })).status).toBe(200)
    await takeList()
    expect(gate.refuse(next.credential)).toBeUndefined()
  })
})

describe('at the same moment', () => {
  it('as a lock, no credential is left that is not revoked (R32)', async () => {
    for (let round = 0; round < 8; round++) {
      const { personId } = await core.addPerson()
      const lock = async () => {
        await new Promise((resolve) => setTimeout(resolve, round * 4))
        return core.call('lockCard', { params: { personId } })
      }
      const replies = await Promise.all([
        ...Array.from({ length: 6 }, () => call(personId)),
        lock(),
      ])
      const given = replies.filter(({ status }) => status === 201)
      for (const { status, body } of replies)
        if (status >= 400) expect(body.code).toBe('CARD_LOCKED')
      await takeList()
      for (const { body } of given) expect(gate.refuse(body.credential)).toBe('REVOKED')
      const rows = await rowsOf(personId)
      expect(rows).toHaveLength(given.length)
      for (const row of rows) expect(row.reason).toBe('card_locked')
    }
  })

  it('as a taken-back consent, no credential is left without consent', async () => {
    for (let round = 0; round < 5; round++) {
      const { personId } = await core.addPerson()
      await start(personId)
      const body = { purpose: 'gate_records' }
      const started = [1, 2, 3].map(() => call(personId, { consent: undefined }))
      await Promise.all([...started, core.call('withdrawConsent', { params: { personId }, body })])
      for (const row of await rowsOf(personId)) expect(row.reason).toBe('consent_withdrawn')
    }
  })

  it('as keys rotate and are withdrawn, every credential given is believed by who has the keys', async () => {
    const people = await Promise.all(Array.from({ length: 12 }, () => core.addPerson()))
    let stop = false
    const given: { credential: string; askedAt: number }[] = []
    const phones = people.map(async ({ personId }) => {
      for (let count = 0; count < 28 && !stop; count++) {
        const askedAt = performance.now()
        const { credential } = await start(personId)
        given.push({ credential, askedAt })
      }
    })
    const untilGiven = (count: number) =>
      vi.waitFor(() => expect(given.length).toBeGreaterThan(count), { timeout: 30_000 })
    let withdrawnAt = 0
    for (const withdraw of [false, true, false, true]) {
      await untilGiven(given.length + 25)
      expect(typeof (await rotateIssuerKey(services, SCHOOL, { withdraw }))).toBe('object')
      withdrawnAt = performance.now()
    }
    await untilGiven(given.length + 25)
    stop = true
    await Promise.all(phones)
    gate.takeKeys((await currentKeySet(services, SCHOOL)).document)
    await takeList()
    const later = given.filter(({ askedAt }) => askedAt > withdrawnAt)
    expect(later.length).toBeGreaterThan(0)
    expect(given.length).toBeGreaterThan(later.length)
    const soon = Date.now() / 1000 + 5
    for (const { credential } of later) expect(gate.refuse(credential, soon)).toBeUndefined()
    // Of those before, what is not of a withdrawn key is revoked with it.
    const last = await core.db.pool.query('select credentials_not_before as at from schools')
    const notBefore = last.rows[0].at.getTime() / 1000
    for (const { credential } of given) {
      const isAfter = readCredential(credential).notBefore >= notBefore
      expect(gate.refuse(credential, soon) === undefined).toBe(isAfter)
    }
  })
})

describe('a credential of before', () => {
  it('says too much when the class has changed, or a group was left, and ends', async () => {
    const [gained, lost, moved] = await Promise.all([1, 2, 3].map(() => core.addPerson()))
    if (!gained || !lost || !moved) throw new Error('nobody')
    await core.db.pool.query(
      `insert into access_profiles (school_id, profile, members)
       values ('1001', 7, '{group/a}'), ('1001', 8, '{group/a,group/b}')`,
    )
    const setProfile = (personId: string, profile: number) =>
      core.db.pool.query('update people set access_profile = $2 where person_id = $1', [
        personId,
        profile,
      ])
    await setProfile(gained.personId, 7)
    await setProfile(lost.personId, 8)
    const before = [
      await start(gained.personId),
      await start(lost.personId),
      await start(moved.personId),
    ]
    await inTransaction(core.db.pool, async (tx) => {
      await tx.query('update people set access_profile = 8 where person_id = $1', [gained.personId])
      await tx.query('update people set access_profile = 7 where person_id = $1', [lost.personId])
      await tx.query(`update people set class = 'external' where person_id = $1`, [moved.personId])
      const ids = [gained, lost, moved].map(({ personId }) => personId)
      expect(await revokeOutdated(tx, SCHOOL, ids)).toBe(2)
    })
    await takeList()
    gate.takeKeys((await currentKeySet(services, SCHOOL)).document)
    const soon = Date.now() / 1000 + 5
    expect(before.map(({ credential }) => gate.refuse(credential, soon))).toEqual([
      undefined,
      'REVOKED',
      'REVOKED',
    ])
  })
})
