import { setTimeout as sleep } from 'node:timers/promises'
import { v7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inTransaction } from '../db/database.ts'
import { revokeCredentials } from '../revocations/revoke-credentials.ts'
import { createAccessGate, newAccessKey } from '../testing/access-gate.ts'
import { SCHOOL } from '../testing/campus.ts'
import { createGates, readPolicy, recordOf, type TestGate } from '../testing/gates.ts'
import { createHttpCore, type HttpCore, type RouteName } from '../testing/http-core.ts'
import { createSchoolWatch } from './school-watch.ts'

let core: HttpCore
let gates: ReturnType<typeof createGates>
beforeAll(async () => {
  core = await createHttpCore()
  gates = createGates(core)
})
afterAll(() => core.close())

/** About a second where nothing else runs; a quarter of what would be waited for otherwise. */
const SOON_MS = 5_000

/** What each gate route is called with. */
const calls: [RouteName, { body?: unknown }][] = [
  ['getGate', {}],
  ['getGateUpdate', {}],
  ['addGateRecords', { body: { records: [recordOf(null)] } }],
  ['checkIdentity', { body: { code: '721001112345678901234567' } }],
  ['getZoneRecords', {}],
]

/** The numbers that a gate would hold after an update. */
async function hold({ key }: TestGate) {
  const { body } = await core.call('getGateUpdate', { key })
  const verifier = await createAccessGate(core.services.keys, SCHOOL)
  const keys = String(verifier.takeKeys(body.keys).seq)
  const list = String(verifier.takeList({ seq: 0, full: body.list }).seq)
  return { keys, list, policy: String(readPolicy(body.policy).seq), verifier }
}

describe('a gate’s key', () => {
  it('says which gate it is, and brings the core’s clock', async () => {
    const gate = await gates.addGate({ campus: '云谷校区', permissions: ['records'] })
    const { body } = await core.call('getGate', { key: gate.key })
    expect(body).toMatchObject({
      schoolId: SCHOOL,
      gateId: gate.gateId,
      name: gate.name,
      campus: '云谷校区',
      zone: '图书馆',
      purposes: ['door'],
      permissions: ['records'],
    })
    expect(Math.abs(Date.parse(body.serverTime) - Date.now())).toBeLessThan(5_000)
  })

  it('KEY_NOT_ALLOWED where terminals and BFFs call, and theirs where gates do', async () => {
    const { key } = await gates.addGate()
    const { personId } = await core.addPerson()
    const order = { orderNo: v7(), amountFen: 100, code: '1' }
    expect(await core.refused('pay', { key, body: order })).toBe('KEY_NOT_ALLOWED')
    expect(await core.refused('getTerminal', { key })).toBe('KEY_NOT_ALLOWED')
    expect(await core.refused('getEventFeed', { key })).toBe('KEY_NOT_ALLOWED')
    expect(await core.refused('getCard', { key, params: { personId } })).toBe('KEY_NOT_ALLOWED')
    for (const other of [core.terminalKey, core.bffKey]) {
      for (const [name, call] of calls) {
        expect(await core.refused(name, { ...call, key: other })).toBe('KEY_NOT_ALLOWED')
      }
    }
  })

  it('KEY_UNKNOWN for a gate that is of another school or not there', async () => {
    const { key } = await gates.addGate()
    for (const keyId of [
      key.keyId.replace(SCHOOL, '2002'),
      key.keyId.replace('.g.', '.t.'),
      `${SCHOOL}.g.nobody-here`,
    ]) {
      expect(await core.refused('getGate', { key: core.createKey(keyId) })).toBe('KEY_UNKNOWN')
    }
  })

  it('GATE_DISABLED for everything that a disabled one asks', async () => {
    const { key } = await gates.addGate({ enabled: false, permissions: ['identity', 'records'] })
    for (const [name, call] of calls) {
      expect(await core.refused(name, { ...call, key })).toBe('GATE_DISABLED')
    }
  })

  it('GATE_NOT_PERMITTED without the permission', async () => {
    const { key: identity } = await gates.addGate({ permissions: ['identity'] })
    const { key: records } = await gates.addGate({ permissions: ['records'] })
    const check = calls.find(([name]) => name === 'checkIdentity')?.[1] ?? {}
    expect(await core.refused('checkIdentity', { ...check, key: records })).toBe(
      'GATE_NOT_PERMITTED',
    )
    expect(await core.refused('getZoneRecords', { key: identity })).toBe('GATE_NOT_PERMITTED')
  })

  it('SIGNATURE_REPLAYED for the same bytes of a call that changes something', async () => {
    const { key } = await gates.addGate()
    const body = { records: [recordOf(null)] }
    const sent = core.sign('POST', '/v1/gate/records', { body, key })
    expect((await core.send(sent, key)).status).toBe(200)
    expect((await core.send(sent, key)).body.code).toBe('SIGNATURE_REPLAYED')
  })
})

describe('a gate’s update', () => {
  it('brings what the gate does not hold, believable by its root key, and nothing else', async () => {
    const gate = await gates.addGate()
    const { keys, list, policy } = await hold(gate)
    const all = { keys, list, policy }
    const update = async (query: Record<string, string>) => {
      const { body } = await core.call('getGateUpdate', { key: gate.key, query })
      return ['keys', 'policy', 'list', 'delta'].filter((part) => body[part] !== null)
    }
    expect(await update(all)).toEqual([])
    expect(await update({ ...all, keys: '0' })).toEqual(['keys'])
    expect(await update({ ...all, policy: '0' })).toEqual(['policy'])
    expect(await update({ ...all, list: '0' })).toEqual(['list'])
    expect(await update({})).toEqual(['keys', 'policy', 'list'])
    const query = { waitSeconds: '26' }
    expect(await core.refused('getGateUpdate', { key: gate.key, query })).toBe('BAD_REQUEST')
  })

  it('shows, by what gates say they hold, how far a lock has reached (R32)', async () => {
    const { personId } = await core.addPerson()
    const [near, far] = [await gates.addGate(), await gates.addGate()]
    await core.db.pool.query('update gates set enabled = gate_id = any ($1)', [
      [near.gateId, far.gateId],
    ])
    await hold(near)
    await gates.startCredential(personId)
    await core.call('lockCard', { params: { personId } })
    const reach = async () =>
      (await core.call('getAccess', { params: { personId } })).body.revocation
    expect(await reach()).toMatchObject({ reason: 'card_locked', gateCount: 2, reachedCount: 0 })
    // It is held when the gate says so, not when it was sent.
    const { keys, list, policy } = await hold(near)
    expect(await reach()).toMatchObject({ reachedCount: 0 })
    await core.call('getGateUpdate', { key: near.key, query: { keys, list, policy } })
    expect(await reach()).toMatchObject({
      reachedCount: 1,
      waiting: [{ name: far.name, lastContactAt: null }],
    })
    await core.call('getGateUpdate', { key: far.key, query: { keys, list, policy } })
    expect(await reach()).toBeNull()
  })

  it('is answered within about a second of a lock, by this or another process', async () => {
    const gate = await gates.addGate()
    for (const lock of [
      (personId: string) => core.call('lockCard', { params: { personId } }),
      // Another process rings no bell here.
      (personId: string) =>
        inTransaction(core.db.pool, (tx) =>
          revokeCredentials(tx, { schoolId: SCHOOL, personId, reason: 'card_locked' }),
        ),
    ]) {
      const { personId } = await core.addPerson()
      const credential = await gates.startCredential(personId)
      const { verifier, ...held } = await hold(gate)
      expect(verifier.refuse(credential)).toBeUndefined()
      const waiting = core.call('getGateUpdate', {
        key: gate.key,
        query: { ...held, waitSeconds: '20' },
      })
      await sleep(600)
      const startedAt = Date.now()
      await lock(personId)
      const { body } = await waiting
      expect(Date.now() - startedAt).toBeLessThan(SOON_MS)
      const { list: full, delta } = body
      verifier.takeList({ seq: 0, ...(full && { full }), ...(delta && { delta }) })
      expect(verifier.refuse(credential)).toBe('REVOKED')
    }
  })

  it('is answered as soon as a policy changes, and at the end of the wait when nothing does', async () => {
    const gate = await gates.addGate()
    await gates.setPolicies([{ purposes: ['door'], classes: ['teacher'] }])
    const { verifier: _, ...held } = await hold(gate)
    const wait = (waitSeconds: string) =>
      core.call('getGateUpdate', { key: gate.key, query: { ...held, waitSeconds } })
    let startedAt = Date.now()
    const { body: silent } = await wait('1')
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(1_000)
    expect(silent).toMatchObject({ keys: null, policy: null, list: null, delta: null })
    expect(Date.parse(silent.serverTime) - startedAt).toBeGreaterThanOrEqual(1_000)
    const waiting = wait('20')
    await sleep(300)
    startedAt = Date.now()
    await gates.setPolicies([{ purposes: ['door'], classes: ['teacher', 'student'] }])
    expect(readPolicy((await waiting).body.policy).rules[0]?.classes).toEqual([
      'teacher',
      'student',
    ])
    expect(Date.now() - startedAt).toBeLessThan(SOON_MS)
  })

  it('does not wake gates for a phone that only changes its key', async () => {
    const gate = await gates.addGate()
    const { personId } = await core.addPerson()
    const first = await core.call('startCredential', {
      params: { personId },
      body: { publicKey: newAccessKey(), label: 'Pixel 9', consent: true },
    })
    const { verifier: _, ...held } = await hold(gate)
    const waiting = core.call('getGateUpdate', {
      key: gate.key,
      query: { ...held, waitSeconds: '2' },
    })
    await sleep(300)
    await core.call('startCredential', {
      params: { personId },
      body: {
        publicKey: newAccessKey(),
        label: 'Pixel 9',
        replaces: first.body.credentialId,
      },
    })
    expect((await waiting).body).toMatchObject({ list: null, delta: null })
  })

  it('costs the database the same for many gates that wait as for one', async () => {
    const { services } = core
    let askedCount = 0
    const pool = new Proxy(services.db.pool, {
      get(target, name, receiver) {
        if (name === 'query') askedCount++
        return Reflect.get(target, name, receiver)
      },
    })
    const watch = createSchoolWatch({ ...services, db: { ...services.db, pool } })
    const first = await watch.look(SCHOOL)
    const costOfOne = askedCount
    await sleep(200)
    const looks = await Promise.all(Array.from({ length: 200 }, () => watch.look(SCHOOL)))
    expect(new Set(looks)).toEqual(new Set([first]))
    expect(askedCount).toBe(2 * costOfOne)
  })
})
