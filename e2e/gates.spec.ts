import type { AccessOverview, AccessRecordPage } from '@campus-ecode/protocol/access'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { AccessPhone, askCredential, makeDeviceKey, type Showing } from './access-phone.ts'
import { expectAccessible } from './accessible.ts'
import { GateProcess, type GateSetting } from './gate-process.ts'
import { type CampusChange, Office } from './office.ts'
import { PageClient } from './page-client.ts'
import { findPerson } from './people.ts'
import { Phone } from './phone.ts'
import { expectProblem } from './problems.ts'
import { browser } from './stage.ts'
import { readDemo, System } from './system.ts'

const FIVE_MINUTES = 300
/**
 * A network that is there brings a lock within about a second. Machines that build are slower; a gate that
 * heard nothing of it would ask again after 25 s.
 */
const SOON_MS = 15_000

// Gates that are always open to students and teachers, so that it does not matter when this runs.
const [FIRST, SECOND] = ['校门 一号', '校门 二号'] as const
const SCHOOL_GATES: CampusChange = {
  gates: [FIRST, SECOND].map((name) => ({ name, zone: '校门', purposes: ['door'] })),
  accessPolicies: [
    { name: '校门', purposes: ['door'], zones: ['校门'], classes: ['student', 'teacher'] },
  ],
}

let system: System
let office: Office
/** What was carried to each gate when it was set up. */
let documents: Record<typeof FIRST | typeof SECOND, string>
const running = new Set<GateProcess>()
beforeAll(async () => {
  system = await System.create()
  await system.start()
  office = new Office(system.urls)
  await office.importCampus(SCHOOL_GATES)
  documents = {
    [FIRST]: await office.writeGateDocuments(FIRST),
    [SECOND]: await office.writeGateDocuments(SECOND),
  }
})
afterEach(async () => {
  await Promise.all([...running].map((gate) => gate.cutPower()))
  running.clear()
})
afterAll(async () => {
  await system.stop()
  system.remove()
})

type Setting = Omit<GateSetting, 'dataDir'> & { name: keyof typeof documents }

function startGate(setting: Setting): GateProcess {
  const gate = GateProcess.start({ ...setting, dataDir: system.urls.dataDir })
  running.add(gate)
  return gate
}

/** A gate that never has a network, as somebody has set it up. */
function startOffline(setting: Setting): GateProcess {
  return startGate({ documents: documents[setting.name], ...setting, offline: true })
}

async function stopGate(gate: GateProcess): Promise<void> {
  running.delete(gate)
  await gate.stop()
}

function openPage(name: string): Promise<PageClient> {
  const { dataDir, bffUrl, demoUrl } = system.urls
  const demo = readDemo(dataDir)
  const { cardNo } = findPerson(demo, name)
  return PageClient.open({ bffUrl, origin: demoUrl, school: demo.school, cardNo })
}

function openWidget(name: string): Promise<Phone> {
  const { dataDir, demoUrl } = system.urls
  const person = findPerson(readDemo(dataDir), name).id
  return Phone.open(browser, { demoUrl, person, screen: 'access' })
}

async function openPhone(name: string) {
  const page = await openPage(name)
  return { page, phone: await AccessPhone.open(page) }
}

async function read<T>(page: PageClient, path: string): Promise<T> {
  const response = await page.call('GET', path)
  expect(response.status).toBe(200)
  return (await response.json()) as T
}

describe('a gate without a network', () => {
  it('opens to a code once, also when the power fails in between (R31)', async () => {
    const { phone } = await openPhone('林知夏')
    const code = await phone.show()
    const before = startOffline({ name: FIRST, folder: 'memory' })
    expect(await before.judge(code)).toBe('opened')
    expect(await before.judge(code)).toBe('REPLAYED')
    running.delete(before)
    await before.cutPower()
    const after = startGate({ name: FIRST, folder: 'memory', offline: true })
    expect(await after.judge(code)).toBe('REPLAYED')
    expect(await after.judge(await phone.show({ aheadSeconds: 1 }))).toBe('opened')
  })

  it('keeps out what it has no reason to let in, and says why', async () => {
    const { phone } = await openPhone('林知夏')
    const gate = startOffline({ name: FIRST, folder: 'refusals' })
    const other = await phone.show({ purpose: 'library' })
    const code = await phone.show()
    const last = code.endsWith('0') ? '1' : '0'
    for (const [text, refusal] of [
      [other, 'WRONG_PURPOSE'],
      ['7110017123456789012345678', 'NOT_RECOGNISED'],
      ['711001712345678901234567', 'NOT_ACCESS'],
      [code.slice(0, -1) + last, expect.stringMatching(/^(NOT_RECOGNISED|DEVICE_SIGNATURE)$/)],
      [code.trimEnd().slice(0, -2), 'NOT_RECOGNISED'],
      [code, 'opened'],
    ] as const) {
      expect(await gate.judge(text)).toEqual(refusal)
    }
    const { phone: visitor } = await openPhone('叶安宁')
    const { refusal, message } = await gate.read(await visitor.show())
    expect([refusal, message?.['zh-CN']]).toEqual(['NOT_ALLOWED', '没有这里的通行权限'])
  })
})

describe('clocks that are five minutes apart (docs/codes.md, "Checking an access code")', () => {
  async function judgeAt(gate: GateProcess, phone: AccessPhone, showing: Showing = {}) {
    const { refusal, message } = await gate.read(await phone.show(showing))
    return [refusal ?? 'opened', message?.['zh-CN']]
  }

  it('the phone’s: it is told whose clock is wrong, or that its code is too old', async () => {
    const { phone } = await openPhone('周子昂')
    const gate = startOffline({ name: FIRST, folder: 'right-clock' })
    expect(await judgeAt(gate, phone)).toEqual(['opened', undefined])
    expect(await judgeAt(gate, phone, { aheadSeconds: FIVE_MINUTES })).toEqual([
      'SHOWN_EARLY',
      '手机时间偏快，请联网校准',
    ])
    // A code that is 30 s old, as a screenshot is, is the same to a gate.
    for (const aheadSeconds of [-FIVE_MINUTES, -30]) {
      expect(await judgeAt(gate, phone, { aheadSeconds })).toEqual([
        'SHOWN_LATE',
        '通行码过期或是截图，请出示正在刷新的码',
      ])
    }
    // What a person can do nothing about is let pass.
    for (const aheadSeconds of [-18, 4]) {
      expect(await judgeAt(gate, phone, { aheadSeconds })).toEqual(['opened', undefined])
    }
  })

  it('the gate’s, which has no network: everybody stands outside, and it tells who looks after it', async () => {
    const { phone } = await openPhone('周子昂')
    const ahead = startOffline({ name: FIRST, folder: 'fast', aheadSeconds: FIVE_MINUTES })
    expect((await judgeAt(ahead, phone))[0]).toBe('SHOWN_LATE')
    const behind = startOffline({ name: FIRST, folder: 'slow', aheadSeconds: -FIVE_MINUTES })
    // The credential is younger than the gate thinks it is itself.
    expect(await judgeAt(behind, phone)).toEqual(['CREDENTIAL_EARLY', '手机或闸机时间不准'])
    expect(behind.notes).toMatch(/^warning {"warning":"clock_behind"/m)
  })

  it('the gate’s, which has a network: it goes by the core’s, and opens', async () => {
    const { phone } = await openPhone('周子昂')
    for (const aheadSeconds of [FIVE_MINUTES, -FIVE_MINUTES]) {
      const gate = startGate({ name: FIRST, folder: `online ${aheadSeconds}`, aheadSeconds })
      expect((await judgeAt(gate, phone))[0]).toBe('opened')
    }
  })
})

describe('a code that two gates without a network let in', () => {
  it('is reported when the second uploads, and shown to the person (R31)', async () => {
    const { page, phone } = await openPhone('林知夏')
    const code = await phone.show()
    const pass = async (name: typeof FIRST | typeof SECOND) => {
      const gate = startOffline({ name, folder: `replay ${name}` })
      const { result, recordId } = await gate.read(code)
      expect(result).toBe('opened')
      await stopGate(gate)
      expect(gate.notes).toContain('1 records wait for a network')
      return recordId
    }
    const [first, second] = await Promise.all([pass(FIRST), pass(SECOND)])
    // Now the cable is back, first at one, then at the other.
    const upload = async (name: typeof FIRST | typeof SECOND) => {
      const gate = startGate({ name, folder: `replay ${name}` })
      await stopGate(gate)
      return gate.notes
    }
    expect(await upload(FIRST)).not.toContain('finding')
    expect(await upload(SECOND)).toContain(`finding replayed ${second}`)
    const own = await read<AccessRecordPage>(page, '/v1/me/access/records')
    for (const [gateName, recordId] of [
      [FIRST, first],
      [SECOND, second],
    ]) {
      expect(own.records).toContainEqual(
        expect.objectContaining({ recordId, gateName, result: 'opened', replayed: true }),
      )
    }
    const shown = await openWidget('林知夏')
    await shown.root.getByRole('button', { name: '出入记录' }).click()
    for (const gateName of [FIRST, SECOND]) {
      const row = shown.root.locator('.record').filter({ hasText: gateName })
      await row.getByText('同一个码在另一处也用过').waitFor()
    }
    await expectAccessible(shown, 'access-replayed')
    await shown.close()
  })
})

describe('a card that is locked (R32)', () => {
  it('opens a gate with a network no more within seconds, one without as soon as it hears', async () => {
    const { page, phone } = await openPhone('周子昂')
    const near = startGate({ name: FIRST })
    const far = startOffline({ name: SECOND, folder: 'far' })
    expect(await near.judge(await phone.show())).toBe('opened')
    expect((await page.call('POST', '/v1/me/card/lock', { body: {} })).status).toBe(200)
    await expect
      .poll(async () => near.judge(await phone.show({ aheadSeconds: 1 })), { timeout: SOON_MS })
      .toBe('REVOKED')
    // It cannot know; and the person is told that it does not.
    expect(await far.judge(await phone.show({ aheadSeconds: 2 }))).toBe('opened')
    const reach = async () => (await read<AccessOverview>(page, '/v1/me/access')).revocation
    await expect.poll(reach, { timeout: SOON_MS }).toMatchObject({
      reason: 'card_locked',
      reachedCount: expect.toSatisfy((count: number) => count >= 1),
      waiting: expect.arrayContaining([expect.objectContaining({ name: SECOND })]),
    })
    await stopGate(far)
    const brought = await office.writeGateDocuments(SECOND)
    const told = startOffline({ name: SECOND, folder: 'far', documents: brought })
    expect(await told.judge(await phone.show())).toBe('REVOKED')
    // Nobody gets a credential for a locked card.
    const { publicKey } = await makeDeviceKey()
    await expectProblem(await askCredential(page, { publicKey }), 'CARD_LOCKED')
  })
})

describe('a person who leaves the school', () => {
  it('is let in no more once the school has said so', async () => {
    const { page, phone } = await openPhone('陆星辰')
    const gate = startGate({ name: FIRST })
    expect(await gate.judge(await phone.show())).toBe('opened')
    await office.importCampus({ ...SCHOOL_GATES, left: ['陆星辰'] })
    await expect
      .poll(async () => gate.judge(await phone.show({ aheadSeconds: 1 })), { timeout: SOON_MS })
      .toBe('REVOKED')
    const { publicKey } = await makeDeviceKey()
    await expectProblem(await askCredential(page, { publicKey }), 'CARD_CLOSED')
  })
})

describe('the consent that gates record (R42)', () => {
  it('is asked for once; taken back, it ends the code', async () => {
    const page = await openPage('许清禾')
    const ask = async (consent?: true) => {
      const { publicKey } = await makeDeviceKey()
      return askCredential(page, { publicKey, ...(consent && { consent }) })
    }
    await expectProblem(await ask(), 'CONSENT_REQUIRED')
    const phone = await AccessPhone.open(page)
    expect((await ask()).status).toBe(201)
    const gate = startGate({ name: FIRST })
    expect(await gate.judge(await phone.show())).toBe('opened')
    const withdrawn = await page.call('POST', '/v1/me/consents/withdraw', {
      body: { purpose: 'gate_records' },
    })
    expect(withdrawn.status).toBe(200)
    await expect
      .poll(async () => gate.judge(await phone.show({ aheadSeconds: 1 })), { timeout: SOON_MS })
      .toBe('REVOKED')
    await expectProblem(await ask(), 'CONSENT_REQUIRED')
  })
})
