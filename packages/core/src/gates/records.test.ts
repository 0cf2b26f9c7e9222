import { GATE_RECORDS_MAX, type GateRecord } from '@campus-ecode/protocol/gate-api'
import { v7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sweepOnce } from '../sweep/sweeper.ts'
import { createGates, recordOf, type TestGate } from '../testing/gates.ts'
import { createHttpCore, type HttpCore } from '../testing/http-core.ts'

let core: HttpCore
let gates: ReturnType<typeof createGates>
beforeAll(async () => {
  core = await createHttpCore()
  gates = createGates(core)
})
afterAll(() => core.close())

const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString()

async function personWithCode() {
  const { personId } = await core.addPerson()
  return { personId, credential: await gates.startCredential(personId) }
}

async function add(gate: TestGate, ...records: GateRecord[]) {
  const { status, body } = await gates.addRecords(gate, records)
  expect(status, JSON.stringify(body)).toBe(200)
  return body
}

const recordsOf = async (personId: string) =>
  (await core.call('getAccessRecords', { params: { personId } })).body.records

async function accessEvents(personId: string, after: string) {
  await core.settleEvents()
  const { body } = await core.call('getEvents', { params: { personId }, query: { after } })
  return body.events.map(({ data }: { data: unknown }) => data)
}

async function present(personId: string): Promise<string> {
  await core.settleEvents()
  return (await core.call('getEvents', { params: { personId } })).body.cursor
}

describe('records of a gate (R31)', () => {
  it('are stored once each, however often they are uploaded, and shown to their person', async () => {
    const { personId, credential } = await personWithCode()
    const gate = await gates.addGate({ campus: '云谷校区', zone: '3号楼' })
    const older = recordOf(credential, { at: ago(90) })
    const refused = recordOf(credential, {
      at: ago(30),
      result: 'refused',
      refusal: 'NOT_NOW',
    })
    expect(await add(gate, older)).toEqual({ accepted: 1, findings: [] })
    expect(await add(gate, older, refused, refused)).toEqual({ accepted: 3, findings: [] })
    expect(await recordsOf(personId)).toEqual([
      {
        recordId: refused.recordId,
        at: refused.at,
        gateName: gate.name,
        campus: '云谷校区',
        zone: '3号楼',
        purpose: 'door',
        title: null,
        result: 'refused',
        refusal: 'NOT_NOW',
        replayed: false,
      },
      expect.objectContaining({ recordId: older.recordId, result: 'opened', refusal: null }),
    ])
  })

  it('may be of nobody, and fit into a request when there are as many as may be', async () => {
    const gate = await gates.addGate()
    const { credential } = await personWithCode()
    const many = Array.from({ length: GATE_RECORDS_MAX }, () =>
      recordOf(credential, {
        result: 'refused',
        refusal: 'CREDENTIAL_EXPIRED',
        purpose: 'attendance',
        context: 65_535,
      }),
    )
    expect(await add(gate, ...many)).toMatchObject({ accepted: GATE_RECORDS_MAX })
    const unknown = recordOf(null, { result: 'refused', refusal: 'NOT_RECOGNISED' })
    const stranger = { ...recordOf(credential), credential: 'AAAAAAAAAAA' }
    expect(await add(gate, unknown, stranger)).toEqual({ accepted: 2, findings: [] })
    const body = { records: [...many, unknown] }
    expect(await core.refused('addGateRecords', { key: gate.key, body })).toBe('BAD_REQUEST')
  })

  it('of another school’s gate say nothing of this school’s people', async () => {
    const { personId, credential } = await personWithCode()
    const abroad = createGates(core, '2002')
    const gate = await abroad.addGate({ permissions: ['records'] })
    await add(gate, recordOf(credential))
    expect(await recordsOf(personId)).toEqual([])
    const { body } = await core.call('getZoneRecords', { key: gate.key })
    expect(body.records).toMatchObject([{ class: null, maskedName: null, holder: null }])
    const own = await gates.addGate({ permissions: ['records'] })
    const { body: here } = await core.call('getZoneRecords', { key: own.key })
    expect(here.records.map(({ gateName }: { gateName: string }) => gateName)).not.toContain(
      gate.name,
    )
  })

  it('tell the person, who stands there, and nobody of what happened long ago', async () => {
    const { personId, credential } = await personWithCode()
    const gate = await gates.addGate()
    const after = await present(personId)
    const now = recordOf(credential)
    await add(gate, recordOf(credential, { at: ago(130) }), now)
    await add(gate, now)
    expect(await accessEvents(personId, after)).toEqual([
      {
        type: 'access',
        recordId: now.recordId,
        gateName: gate.name,
        purpose: 'door',
        result: 'opened',
        refusal: null,
      },
    ])
    const { body } = await core.call('getNotices', { params: { personId } })
    expect(body.notices).toEqual([])
  })

  it('are not later than they arrive, whatever the gate’s clock says', async () => {
    const { personId, credential } = await personWithCode()
    const gate = await gates.addGate()
    await add(gate, recordOf(credential, { at: '2099-01-01T00:00:00.000Z' }))
    const [record] = await recordsOf(personId)
    expect(Date.parse(record.at)).toBeLessThanOrEqual(Date.now() + 1_000)
  })

  it('of the same code at two gates are found at upload, in either order (R31)', async () => {
    const { personId, credential } = await personWithCode()
    const [one, two] = [await gates.addGate(), await gates.addGate()]
    const shownAt = ago(3_600)
    const first = recordOf(credential, { at: ago(3_598), shownAt })
    const second = recordOf(credential, { at: ago(3_590), shownAt })
    const next = recordOf(credential, { at: ago(3_580), shownAt: ago(3_585) })
    expect(await add(two, second, next)).toMatchObject({ findings: [] })
    expect(await add(one, first)).toEqual({
      accepted: 1,
      findings: [{ recordId: first.recordId, finding: 'replayed' }],
    })
    // The other gate hears of it when it asks again.
    expect(await add(two, second, next)).toEqual({
      accepted: 2,
      findings: [{ recordId: second.recordId, finding: 'replayed' }],
    })
    const flags = (await recordsOf(personId)).map(({ replayed }: { replayed: boolean }) => replayed)
    expect(flags).toEqual([false, true, true])
  })

  it('of the same code at two gates are found also when both upload at once', async () => {
    const [one, two] = [await gates.addGate(), await gates.addGate()]
    for (let round = 0; round < 8; round++) {
      const { credential } = await personWithCode()
      const shownAt = ago(600)
      const pair = [one, two].map((gate) => ({ gate, record: recordOf(credential, { shownAt }) }))
      const answers = await Promise.all(pair.map(({ gate, record }) => add(gate, record)))
      expect(answers.flatMap(({ findings }) => findings)).toHaveLength(1)
    }
  })

  it('are no replay when one gate refused, or one gate read it twice', async () => {
    const { credential } = await personWithCode()
    const [one, two] = [await gates.addGate(), await gates.addGate()]
    const shownAt = ago(60)
    const refused = { result: 'refused', refusal: 'REPLAYED' } as const
    expect(await add(one, recordOf(credential, { shownAt }))).toMatchObject({ findings: [] })
    expect(await add(two, recordOf(credential, { shownAt, ...refused }))).toMatchObject({
      findings: [],
    })
    expect(await add(one, recordOf(credential, { shownAt, ...refused }))).toMatchObject({
      findings: [],
    })
  })

  it('of a credential that had been revoked by then are reported', async () => {
    const { personId, credential } = await personWithCode()
    const gate = await gates.addGate()
    await core.call('lockCard', { params: { personId } })
    await core.db.pool.query(
      `update access_credentials set revoked_at = now() - interval '10 minutes' where person_id = $1`,
      [personId],
    )
    const [before, after, refused] = [
      recordOf(credential, { at: ago(660) }),
      recordOf(credential, { at: ago(540) }),
      recordOf(credential, { at: ago(530), result: 'refused', refusal: 'REVOKED' }),
    ]
    expect(await add(gate, before, after, refused)).toEqual({
      accepted: 3,
      findings: [{ recordId: after.recordId, finding: 'revoked' }],
    })
    // Another gate that has learned the number of the record learns nothing by it.
    expect(await add(await gates.addGate(), after)).toEqual({ accepted: 1, findings: [] })
  })
})

describe('records of a credential that ended otherwise', () => {
  it('are nothing to report when the phone had just renewed it, and are when its key was withdrawn', async () => {
    const { personId, credential } = await personWithCode()
    const gate = await gates.addGate()
    const { pool } = core.db
    await pool.query(
      `update access_credentials set revoked_at = now() - interval '10 minutes', revoked_reason = 'replaced',
              not_before = not_before - interval '1 hour' where person_id = $1`,
      [personId],
    )
    expect(await add(gate, recordOf(credential, { at: ago(540) }))).toMatchObject({ findings: [] })
    await pool.query(`update schools set credentials_not_before = now() - interval '5 minutes'`)
    const [before, after] = [
      recordOf(credential, { at: ago(360) }),
      recordOf(credential, { at: ago(240) }),
    ]
    const { findings } = await add(gate, before, after)
    await pool.query('update schools set credentials_not_before = null')
    expect(findings).toEqual([{ recordId: after.recordId, finding: 'revoked' }])
  })
})

describe('records and their person (R42)', () => {
  it('are stored without the person once the consent is withdrawn', async () => {
    const { personId, credential } = await personWithCode()
    const gate = await gates.addGate({ zone: '资料室', permissions: ['records'] })
    const kept = recordOf(credential, { at: ago(60) })
    await add(gate, kept)
    const body = { purpose: 'gate_records' }
    await core.call('withdrawConsent', { params: { personId }, body })
    const after = await present(personId)
    const late = recordOf(credential, { at: ago(20) })
    expect(await add(gate, late)).toMatchObject({ accepted: 1 })
    const own = (await recordsOf(personId)).map(({ recordId }: GateRecord) => recordId)
    expect(own).toEqual([kept.recordId])
    expect(await accessEvents(personId, after)).toEqual([])
    const { body: zone } = await core.call('getZoneRecords', { key: gate.key })
    const stored = zone.records.find(({ recordId }: GateRecord) => recordId === late.recordId)
    expect(stored).toMatchObject({ class: null, maskedName: null, holder: null })
    const { rows } = await core.db.pool.query(
      `select c.person_id from access_records r
         join access_credentials c on c.credential_hash = r.credential_hash
        where r.record_id = $1`,
      [late.recordId],
    )
    expect(rows).toEqual([])
  })

  it('are gone after 90 days', async () => {
    const { personId, credential } = await personWithCode()
    const gate = await gates.addGate()
    const day = 86_400
    const young = recordOf(credential, { at: ago(89 * day) })
    await add(gate, recordOf(credential, { at: ago(91 * day) }), young)
    await sweepOnce(core.db.pool)
    expect(await recordsOf(personId)).toMatchObject([{ recordId: young.recordId }])
  })

  it('are paged, newest first, without repeats', async () => {
    const { personId, credential } = await personWithCode()
    const gate = await gates.addGate()
    const at = ago(5)
    const records = Array.from({ length: 120 }, (_, i) =>
      recordOf(credential, { at: i < 60 ? at : ago(i) }),
    )
    for (let i = 0; i < records.length; i += 40) await add(gate, ...records.slice(i, i + 40))
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const query = cursor === undefined ? {} : { cursor }
      const { body } = await core.call('getAccessRecords', { params: { personId }, query })
      seen.push(...body.records.map(({ recordId }: GateRecord) => recordId))
      cursor = body.next ?? undefined
    } while (cursor !== undefined)
    expect(seen).toHaveLength(120)
    expect(new Set(seen)).toEqual(new Set(records.map(({ recordId }) => recordId)))
    const query = { cursor: 'x' }
    expect(await core.refused('getAccessRecords', { params: { personId }, query })).toBe(
      'BAD_REQUEST',
    )
  })
})

describe('a zone’s records', () => {
  it('are those of its gates, with class, masked name and a holder of this zone (R4)', async () => {
    const zone = `书库 ${v7().slice(-6)}`
    const place = { campus: '云谷校区', zone }
    const desk = await gates.addGate({ ...place, permissions: ['records'] })
    const door = await gates.addGate(place)
    const [elsewhere, twin] = [
      await gates.addGate({ campus: '云谷校区', zone: '另一处', permissions: ['records'] }),
      await gates.addGate({ campus: '青江校区', zone, permissions: ['records'] }),
    ]
    const [one, two] = [await personWithCode(), await personWithCode()]
    const records = [recordOf(one.credential), recordOf(two.credential), recordOf(one.credential)]
    await add(door, ...records)
    await add(elsewhere, recordOf(one.credential))
    await add(twin, recordOf(one.credential))
    const fetch = async (gate: TestGate) =>
      (await core.call('getZoneRecords', { key: gate.key })).body
    const page = await fetch(desk)
    expect(page.next).toBeNull()
    expect(page.records.map(({ recordId }: GateRecord) => recordId).sort()).toEqual(
      records.map(({ recordId }) => recordId).sort(),
    )
    for (const record of page.records) {
      expect(record).toMatchObject({
        gateName: door.name,
        class: 'teacher',
        maskedName: '林*夏',
        replayed: false,
      })
    }
    const holders = new Map<string, string>(
      page.records.map(({ recordId, holder }: { recordId: string; holder: string }) => [
        recordId,
        holder,
      ]),
    )
    const [a, b, c] = records.map(({ recordId }) => holders.get(recordId))
    expect(a).toBe(c)
    expect(a).not.toBe(b)
    for (const other of [elsewhere, twin]) {
      expect((await fetch(other)).records.map(({ holder }: { holder: string }) => holder)).toEqual([
        expect.not.stringMatching(new RegExp(`^${a}$`)),
      ])
    }
    const query = { cursor: '1.x' }
    expect(await core.refused('getZoneRecords', { key: desk.key, query })).toBe('BAD_REQUEST')
  })

  it('are paged', async () => {
    const zone = `书库 ${v7().slice(-6)}`
    const gate = await gates.addGate({ zone, permissions: ['records'] })
    for (let i = 0; i < 3; i++) {
      await add(gate, ...Array.from({ length: 25 }, (_, j) => recordOf(null, { at: ago(i * j) })))
    }
    const first = (await core.call('getZoneRecords', { key: gate.key })).body
    const query = { cursor: first.next }
    const second = (await core.call('getZoneRecords', { key: gate.key, query })).body
    expect([first.records.length, second.records.length, second.next]).toEqual([50, 25, null])
    const ids = [...first.records, ...second.records].map(({ recordId }: GateRecord) => recordId)
    expect(new Set(ids).size).toBe(75)
  })
})
