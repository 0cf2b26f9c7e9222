import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type AccessSchool, createAccessSchool, type Phone } from '../testing/access-school.ts'
import { type FakeGateCore, startFakeGateCore } from '../testing/fake-gate-core.ts'
import { createGate } from './create-gate.ts'
import type { Gate, GateOptions } from './gate.ts'
import type { GateWarning } from './gate-warnings.ts'
import type { Finding } from './upload-records.ts'

let dir: string
let school: AccessSchool
let core: FakeGateCore
let gates: Gate[]
let warnings: GateWarning[]
let findings: Finding[]
const now = () => Math.floor(Date.now() / 1000)
/** On a busy machine; what is waited for comes at once elsewhere. */
const WAIT = { timeout: 10_000 }

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'campus-ecode-gate-'))
  school = createAccessSchool(now())
  core = await startFakeGateCore(school)
  gates = []
  warnings = []
  findings = []
})
afterEach(async () => {
  await Promise.all(gates.map((gate) => gate.close()))
  await core.close()
  rmSync(dir, { recursive: true })
})

async function open(options: Partial<GateOptions> = {}, isOnline = true): Promise<Gate> {
  const { schoolId, gateId, root } = school
  const gate = await createGate({
    dir,
    schoolId,
    gateId,
    root,
    ...(isOnline && { core: { coreUrl: core.origin, ...core.key } }),
    onWarning: (warning) => warnings.push(warning),
    onFinding: (finding) => findings.push(finding),
    onFault(error) {
      throw error
    },
    ...options,
  })
  gates.push(gate)
  await gate.begun
  return gate
}

async function close(gate: Gate) {
  gates = gates.filter((candidate) => candidate !== gate)
  await gate.close()
}

/** As when the plug is pulled: nothing is closed, and the process that held the folder is gone. */
const cutPower = () => rmSync(join(dir, 'lock'))

const openOffline = (options?: Partial<GateOptions>) => open(options, false)
const show = (phone: Phone = school.createPhone()) => phone.show(now())
const file = () => ({ ...school.documents(), delta: null })

describe('a gate with a network', () => {
  it('fetches what it needs, opens, and uploads the record once', async () => {
    const gate = await open()
    const phone = school.createPhone()
    const reading = await gate.read(show(phone))
    expect(reading).toMatchObject({
      result: 'opened',
      message: null,
      class: 'student',
      credential: phone.hash,
      recordId: expect.any(String),
    })
    expect(await gate.upload(5_000)).toBe(0)
    expect([...core.records.values()]).toEqual([
      {
        recordId: reading.recordId,
        at: reading.at,
        result: 'opened',
        refusal: null,
        credential: phone.hash,
        shownAt: new Date((reading.shownAt ?? 0) * 1000).toISOString(),
        purpose: 'door',
        context: 0,
      },
    ])
    expect(gate.state).toMatchObject({ online: true, waitingRecords: 0, warnings: [] })
    expect(gate.state.lastContactAt).toBeGreaterThan(Date.now() - 5_000)
  })

  it('refuses with a sentence, and uploads that too, but nothing that no issuer has signed', async () => {
    const gate = await open()
    const visitor = await gate.read(show(school.createPhone({ class: 'visitor' })))
    expect(visitor).toMatchObject({
      refusal: 'NOT_ALLOWED',
      message: { 'zh-CN': expect.stringMatching(/权限/), en: expect.any(String) },
    })
    expect(await gate.read('hello')).toMatchObject({ refusal: 'NOT_RECOGNISED', recordId: null })
    expect(await gate.read('711001120143221573602495')).toMatchObject({ refusal: 'NOT_ACCESS' })
    expect(await gate.upload(5_000)).toBe(0)
    expect([...core.records.keys()]).toEqual([visitor.recordId])
  })

  it('hears of a lock as soon as the core says it (R32)', async () => {
    const gate = await open()
    const phone = school.createPhone()
    expect(await gate.read(show(phone))).toMatchObject({ result: 'opened' })
    await vi.waitFor(
      () => expect(core.asked.at(-1)).toMatchObject({ waitSeconds: 25, list: 1 }),
      WAIT,
    )
    const hashes = [Buffer.from(phone.hash, 'base64url')]
    core.held.list = { seq: 2, document: school.list({ seq: 2, hashes }) }
    core.ring()
    await vi.waitFor(() => expect(gate.state.list).toMatchObject({ seq: 2, count: 1 }), WAIT)
    // A code of another second, so that it is not the memory that refuses it.
    expect(await gate.read(phone.show(now() + 2))).toMatchObject({ refusal: 'REVOKED' })
    // And the core hears that the gate has it.
    await vi.waitFor(() => expect(core.asked.at(-1)).toMatchObject({ list: 2 }), WAIT)
  })

  it('takes a delta, and asks for the whole list when one leads nowhere', async () => {
    const gate = await open()
    await vi.waitFor(() => expect(core.asked.at(-1)).toMatchObject({ waitSeconds: 25 }), WAIT)
    const hash = Buffer.from('00000000000000aa', 'hex')
    const second = school.list({ seq: 2, hashes: [hash] })
    core.held.list = { seq: 2, document: second }
    const header = Buffer.from(second.payload, 'base64url').toString('base64url', 0, 22)
    const { algorithm, signature } = second
    const delta = { fromSeq: 1, header, removed: '', algorithm, keyId: 1, signature }
    core.delta = { ...delta, added: hash.toString('base64url') }
    core.ring()
    await vi.waitFor(() => expect(gate.state.list).toMatchObject({ seq: 2, count: 1 }), WAIT)

    const third = school.list({ seq: 3, hashes: [hash, Buffer.from('00000000000000bb', 'hex')] })
    core.held.list = { seq: 3, document: third }
    core.delta = { ...delta, fromSeq: 2, added: '' }
    core.ring()
    await vi.waitFor(() => expect(gate.state.list).toMatchObject({ seq: 3, count: 2 }), WAIT)
    expect(core.asked.slice(-3).some(({ list }) => list === 0)).toBe(true)
    expect(gate.state.warnings).toEqual([])
  })

  it('keeps what it holds when it is offered what cannot be believed, and says so', async () => {
    const gate = await open()
    const stranger = createAccessSchool(now())
    core.held.policy = { seq: 2, document: stranger.policy({ seq: 2 }) }
    core.ring()
    await vi.waitFor(
      () =>
        expect(gate.state.warnings).toEqual([
          { warning: 'document_refused', document: 'ECA1.policy', reason: 'signature' },
        ]),
      WAIT,
    )
    expect(gate.state.policy?.seq).toBe(1)
    expect(await gate.read(show())).toMatchObject({ result: 'opened' })
    const asked = core.asked.length
    await new Promise((resolve) => setTimeout(resolve, 300))
    // It does not ask for the same again and again.
    expect(core.asked.length - asked).toBeLessThanOrEqual(1)
  })

  it('goes on when the network goes, and comes back to it', async () => {
    const gate = await open()
    core.isUp = false
    core.ring()
    await vi.waitFor(() => expect(gate.state.online).toBe(false), WAIT)
    const reading = await gate.read(show())
    expect(reading).toMatchObject({ result: 'opened' })
    expect(gate.state.waitingRecords).toBe(1)
    core.isUp = true
    await vi.waitFor(
      () => expect(gate.state).toMatchObject({ online: true, waitingRecords: 0 }),
      WAIT,
    )
    expect(core.records.has(reading.recordId ?? '')).toBe(true)
  })

  it('is told what it could not know (R31)', async () => {
    const gate = await open()
    core.faults.addGateRecords = ['drop']
    const reading = await gate.read(show())
    core.findings = [{ recordId: reading.recordId ?? '', finding: 'replayed' }]
    expect(await gate.upload(10_000)).toBe(0)
    expect(findings).toMatchObject([
      { finding: 'replayed', record: { recordId: reading.recordId } },
    ])
  })

  it('uploads again what it does not know to have arrived, under the same number', async () => {
    const gate = await open()
    core.faults.addGateRecords = ['drop-after', '500', { refuse: 'UNAVAILABLE' }]
    await gate.read(show())
    await gate.read(show())
    expect(await gate.upload(20_000)).toBe(0)
    expect(core.records.size).toBe(2)
    expect(core.uploads.length).toBeGreaterThanOrEqual(2)
  })

  it('uploads in batches that a core takes, after a day without a network', async () => {
    const offline = await openOffline()
    await offline.takeDocuments(file())
    const phone = school.createPhone({ class: 'visitor' })
    const code = show(phone)
    for (let n = 0; n < 120; n++) await offline.read(code)
    expect(offline.state.waitingRecords).toBe(120)
    await close(offline)
    const gate = await open()
    expect(await gate.upload(10_000)).toBe(0)
    expect(core.records.size).toBe(120)
    expect(Math.max(...core.uploads.map(({ length }) => length))).toBe(50)
  })

  it('lets go of a record that the core will never take, and of no other', async () => {
    const offline = await openOffline()
    await offline.takeDocuments(file())
    for (let n = 0; n < 3; n++) await offline.read(show(school.createPhone()))
    await close(offline)
    // The three together, then the first of them alone.
    core.faults.addGateRecords = [{ refuse: 'BAD_REQUEST' }, { refuse: 'BAD_REQUEST' }]
    const gate = await open()
    expect(await gate.upload(10_000)).toBe(0)
    expect(core.records.size).toBe(2)
    expect(gate.state.warnings).toEqual([{ warning: 'records_lost', count: 1 }])
  })

  it('goes on by what it holds when the core says that it is disabled, and says so', async () => {
    const gate = await open()
    core.faults.getGateUpdate = [{ refuse: 'GATE_DISABLED' }, { refuse: 'GATE_DISABLED' }]
    core.held.list = { seq: 2, document: school.list({ seq: 2 }) }
    core.ring()
    await vi.waitFor(
      () => expect(warnings.map(({ warning }) => warning)).toContain('gate_disabled'),
      WAIT,
    )
    expect(await gate.read(show())).toMatchObject({ result: 'opened' })
    await vi.waitFor(() => expect(gate.state).toMatchObject({ online: true, warnings: [] }), WAIT)
  })

  it('asks who an identity code belongs to, and for the zone’s records (R4, R5)', async () => {
    const gate = await open()
    const identity = { class: 'student', maskedName: '林*夏', holder: 'A'.repeat(22) } as const
    core.identities.set('721001112345678901234567', identity)
    expect(await gate.checkIdentity('721001112345678901234567')).toMatchObject({ body: identity })
    expect(await gate.checkIdentity('721001100000000000000000')).toMatchObject({
      kind: 'refused',
      code: 'IDENTITY_CODE_INVALID',
    })
    core.faults.checkIdentity = [{ refuse: 'GATE_NOT_PERMITTED' }]
    expect(await gate.checkIdentity('1')).toMatchObject({ code: 'GATE_NOT_PERMITTED' })
    expect(await gate.getZoneRecords()).toMatchObject({ body: { next: 'more' } })
    expect(await gate.getZoneRecords('more')).toMatchObject({ body: { next: null } })
    expect(await gate.getGate()).toMatchObject({ body: { zone: '图书馆' } })
  })
})

describe('a gate without a network', () => {
  it('opens to nobody before it has been told anything', async () => {
    const gate = await openOffline()
    expect(await gate.read(show())).toMatchObject({ refusal: 'KEYS_EXPIRED', recordId: null })
    expect(warnings).toEqual([{ warning: 'no_documents' }])
    expect(await gate.checkIdentity('1')).toEqual({ kind: 'unknown', reason: 'NOT_SENT' })
    expect(await gate.upload(1)).toBe(0)
  })

  it('opens by documents that somebody has brought, and after a restart', async () => {
    const first = await openOffline()
    expect(await first.takeDocuments(file())).toEqual([
      { document: 'ECA1.keys', refusal: null },
      { document: 'ECA1.policy', refusal: null },
      { document: 'ECA1.list', refusal: null },
    ])
    expect(await first.read(show())).toMatchObject({ result: 'opened' })
    await close(first)
    const second = await openOffline()
    expect(await second.read(show())).toMatchObject({ result: 'opened' })
    expect(second.state.waitingRecords).toBe(2)
  })

  it('opens after a power cut by what was fetched before, and refuses older documents', async () => {
    core.held.list = { seq: 7, document: school.list({ seq: 7 }) }
    await open()
    await vi.waitFor(() => expect(core.asked.at(-1)).toMatchObject({ list: 7 }), WAIT)
    cutPower()
    const gate = await openOffline()
    expect(await gate.read(show())).toMatchObject({ result: 'opened' })
    expect(await gate.takeDocuments({ ...file(), keys: null, policy: null })).toEqual([
      { document: 'ECA1.list', refusal: 'older' },
    ])
    expect(gate.state.list?.seq).toBe(7)
    expect(gate.state.warnings).toMatchObject([{ warning: 'document_refused', reason: 'older' }])
  })

  it('refuses a code that was let in before a restart (R31)', async () => {
    const first = await openOffline()
    await first.takeDocuments(file())
    const code = show()
    expect(await first.read(code)).toMatchObject({ result: 'opened' })
    expect(await first.read(code)).toMatchObject({ refusal: 'REPLAYED' })
    cutPower()
    const second = await openOffline()
    expect(await second.read(code)).toMatchObject({ refusal: 'REPLAYED' })
  })

  it('lets one of two scanners in that read the same code at once', async () => {
    const gate = await openOffline()
    await gate.takeDocuments(file())
    const code = show()
    const results = await Promise.all([gate.read(code), gate.read(code), gate.read(code)])
    expect(results.map(({ result }) => result)).toEqual(['opened', 'refused', 'refused'])
  })

  it('leaves out documents of its disk that are damaged or not its own', async () => {
    const first = await openOffline()
    await first.takeDocuments(file())
    await close(first)
    writeFileSync(join(dir, 'list.json'), readFileSync(join(dir, 'list.json')).subarray(0, 40))
    const stranger = createAccessSchool(now())
    writeFileSync(join(dir, 'policy.json'), JSON.stringify(stranger.policy()))
    const second = await openOffline()
    expect(second.state).toMatchObject({ keys: { seq: 1 }, policy: null, list: null })
    expect(await second.read(show())).toMatchObject({ result: 'refused' })
  })

  it('follows its policy when the list is stale', async () => {
    const gate = await openOffline()
    const issued = now() - 90_000
    const list = school.list({ issued })
    await gate.takeDocuments({ ...file(), list })
    expect(await gate.read(show())).toMatchObject({ refusal: 'LIST_STALE' })
    const policy = school.policy({ seq: 2, staleList: 'open' })
    await gate.takeDocuments({ keys: null, policy, list: null, delta: null })
    expect(await gate.read(show())).toMatchObject({ result: 'opened' })
    expect(gate.state.warnings).toEqual([{ warning: 'list_stale', issued }])
  })

  it('opens and warns when the disk takes nothing: it still knows the code in this run', async () => {
    const gate = await openOffline({ onFault: () => {} })
    await gate.takeDocuments(file())
    const { FileHandle } = await fileHandleClass()
    const full = vi.spyOn(FileHandle, 'datasync').mockRejectedValue(new Error('ENOSPC'))
    try {
      const code = show()
      expect(await gate.read(code)).toMatchObject({ result: 'opened' })
      expect(await gate.read(code)).toMatchObject({ refusal: 'REPLAYED' })
      expect(gate.state.warnings).toEqual([{ warning: 'storage_failed' }])
    } finally {
      full.mockRestore()
    }
    expect(await gate.read(show(school.createPhone()))).toMatchObject({ result: 'opened' })
    await vi.waitFor(() => expect(gate.state.warnings).toEqual([]), WAIT)
  })
})

describe('a gate’s folder', () => {
  it('is for one process at a time, and free again once the gate is closed', async () => {
    const gate = await openOffline()
    await expect(openOffline()).rejects.toThrow(/is open already: one process at a time/)
    await close(gate)
    await openOffline()
  })

  it('is free when the gate could not be opened', async () => {
    mkdirSync(join(dir, 'seen-a.bin'))
    await expect(openOffline()).rejects.toThrow()
    rmSync(join(dir, 'seen-a.bin'), { recursive: true })
    await openOffline()
  })
})

describe('clocks', () => {
  it('judges by the core’s time when its own is five minutes off, also after a restart', async () => {
    const machineNow = () => Date.now() - 300_000
    core.clock.offsetMs = 0
    const gate = await open({ machineNow })
    expect(Math.abs(gate.state.clockAheadMs - 300_000)).toBeLessThan(1_500)
    const reading = await gate.read(show())
    expect(reading).toMatchObject({ result: 'opened' })
    expect(Math.abs(Date.parse(reading.at) - Date.now())).toBeLessThan(5_000)
    await close(gate)
    const offline = await openOffline({ machineNow })
    expect(await offline.read(show(school.createPhone()))).toMatchObject({ result: 'opened' })
  })

  it('is not moved by an answer that the core has held back for seconds', async () => {
    const gate = await open()
    await vi.waitFor(() => expect(core.asked.at(-1)).toMatchObject({ waitSeconds: 25 }), WAIT)
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    core.held.list = { seq: 2, document: school.list({ seq: 2 }) }
    core.ring()
    await vi.waitFor(() => expect(gate.state.list?.seq).toBe(2), WAIT)
    expect(Math.abs(gate.state.clockAheadMs)).toBeLessThan(700)
  })

  it('is put right soon after a first answer that was delayed on its way', async () => {
    core.delays = [1_600]
    const gate = await open()
    await vi.waitFor(() => expect(core.asked.at(-1)).toMatchObject({ waitSeconds: 25 }), WAIT)
    expect(Math.abs(gate.state.clockAheadMs)).toBeLessThan(700)
  })

  it('does not trust an old correction after the machine was started anew', async () => {
    const first = await open({ machineNow: () => Date.now() - 300_000 })
    await close(first)
    // Its clock was put right while it was off.
    const offline = await openOffline({ uptimeMs: () => performance.now() })
    expect(offline.state.clockAheadMs).toBe(0)
    expect(await offline.read(show())).toMatchObject({ result: 'opened' })
  })

  it('is not moved by a clock that jumps, forward or back, once the core has told the time', async () => {
    let jumpMs = 0
    const gate = await open({ machineNow: () => Date.now() + jumpMs })
    const code = show()
    expect(await gate.read(code)).toMatchObject({ result: 'opened' })
    for (jumpMs of [600_000, -86_400_000, 0]) {
      expect(await gate.read(show(school.createPhone()))).toMatchObject({ result: 'opened' })
      expect(await gate.read(code)).toMatchObject({ refusal: 'REPLAYED' })
    }
  })

  it.each([
    [-300_000, 'SHOWN_EARLY'],
    [300_000, 'SHOWN_LATE'],
  ])('without a core, %i ms off, says whose clock to look at', async (offMs, refusal) => {
    const gate = await openOffline({ machineNow: () => Date.now() + offMs })
    await gate.takeDocuments(file())
    const phone = school.createPhone({ notBefore: now() - 3_600 })
    expect(await gate.read(show(phone))).toMatchObject({ refusal })
  })
})

it('needs a root key and an address that can be used', async () => {
  await expect(openOffline({ root: { algorithm: 'ed25519', publicKey: 'AAAA' } })).rejects.toThrow(
    TypeError,
  )
  await expect(open({ core: { coreUrl: 'ftp://core', ...core.key } })).rejects.toThrow(TypeError)
  await expect(
    open({ core: { coreUrl: core.origin, keyId: 'a', secret: 'short' } }),
  ).rejects.toThrow(TypeError)
})

async function fileHandleClass() {
  const { open: openFile } = await import('node:fs/promises')
  const handle = await openFile(join(dir, 'probe'), 'w')
  const FileHandle = Object.getPrototypeOf(handle)
  await handle.close()
  return { FileHandle }
}
