import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { AccessModel, GateNews, ShownAccess } from '../../access-model.ts'
import { createFakeBff } from '../testing/fake-bff.ts'
import { openPage, pass, settle, until, usePhone } from '../testing/phone.ts'

const HOUR = 3_600_000
let bff: ReturnType<typeof createFakeBff>
let pages: ReturnType<typeof openPage>[]

beforeEach(() => {
  bff = createFakeBff()
  pages = []
  usePhone(bff)
})
afterEach(() => {
  for (const page of pages) page.close()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

async function open(subject?: string) {
  const page = openPage(bff, subject)
  pages.push(page)
  return { ...page, access: await page.access() }
}

async function shown(
  { code }: AccessModel,
  fits: (code: ShownAccess) => boolean = () => true,
): Promise<ShownAccess> {
  await until(() => code.value.kind === 'code' && fits(code.value))
  return code.value as ShownAccess
}

async function check({ text }: ShownAccess) {
  const found = await bff.access.check(text)
  if (!found) throw new Error('no gate would know this code')
  return found
}

const started = () => bff.count('POST /access/credentials')
const unixNow = () => Math.floor(bff.now() / 1000)

/** A page closed, and the same person's next, with what the storage holds. */
async function reopen(page: { close(): void }) {
  page.close()
  const next = await open()
  // Storage is slow where many tests run; the page's patience is measured by its own clock.
  await settle()
  return next
}

describe('an access code (R30, R31)', () => {
  test('is signed by a key that the core has just given a credential for, at whole ten seconds', async () => {
    const { access } = await open()
    access.show()
    const code = await shown(access)
    expect(await check(code)).toMatchObject({
      ...{ credentialId: 'credential-1', school: '1001', class: 'student', profile: 7 },
      ...{ purpose: 'door', context: 0, shownAt: Math.floor(unixNow() / 10) * 10 },
    })
    expect(bff.access.credentials[0]?.label).toBe('iPhone · 微信')
    expect(started()).toBe(1)
  })

  test('is signed anew every ten seconds, in place', async () => {
    const { access } = await open()
    access.show()
    const first = await shown(access)
    const kinds = new Set<string>()
    access.code.subscribe(() => kinds.add(access.code.value.kind))
    for (let serial = 2; serial <= 4; serial++) {
      await pass(10_000)
      const next = await shown(access, (code) => code.serial === serial)
      expect(next.shownAt - first.shownAt).toBe((serial - 1) * 10_000)
      expect((await check(next)).shownAt).toBe(next.shownAt / 1000)
    }
    expect([...kinds]).toEqual(['code'])
    expect(started()).toBe(1)
  })

  test('keeps the server’s time, however wrong the phone’s clock is', async () => {
    bff.aheadMs = -7 * 60_000
    const { access } = await open()
    access.show()
    const code = await shown(access, ({ shownAt }) => shownAt <= bff.now())
    expect((await check(code)).shownAt).toBe(Math.floor(unixNow() / 10) * 10)
  })

  test('has a key that nothing can read out', async () => {
    const { access } = await open()
    access.show()
    await shown(access)
    const { read, accessKey } = await storage()
    const stored = await read(accessKey)
    expect(stored.credential.privateKey).toMatchObject({ type: 'private', extractable: false })
  })

  test('is gone from a hidden page, and no timer goes on', async () => {
    const { access, visible } = await open()
    access.show()
    await shown(access)
    visible.value = false
    expect(access.code.value).toEqual({ kind: 'hidden' })
    const asked = bff.requests.length
    await pass(120_000)
    expect(access.code.value).toEqual({ kind: 'hidden' })
    expect(bff.requests.length).toBe(asked)
    visible.value = true
    const code = await shown(access)
    expect((await check(code)).shownAt).toBe(Math.floor(unixNow() / 10) * 10)
    expect(started()).toBe(1)
  })

  test('stops with its screen', async () => {
    const { access } = await open()
    const stop = access.show()
    await shown(access)
    stop()
    stop()
    const asked = bff.requests.length
    await pass(60_000)
    expect(access.code.value).toEqual({ kind: 'loading' })
    expect(bff.requests.length).toBe(asked)
  })
})

describe('without a network', () => {
  test('codes go on until the credential ends, and no longer', async () => {
    bff.access.credentialMinutes = 120
    const { access } = await open()
    access.show()
    const first = await shown(access)
    bff.online = false
    await pass(60_000)
    const later = await shown(access, ({ serial }) => serial > first.serial)
    expect((await check(later)).credentialId).toBe('credential-1')
    vi.setSystemTime(Date.now() + 2 * HOUR)
    await pass(20_000)
    await until(() => access.code.value.kind === 'blocked')
    expect(access.code.value).toMatchObject({ problem: { code: 'NETWORK_LOST' } })
    bff.online = true
    await pass(40_000)
    expect((await check(await shown(access))).credentialId).toBe('credential-2')
  })

  test('a page opened with an earlier credential shows codes at once, for what applied then', async () => {
    const page = await open()
    const { access } = page
    access.show()
    await shown(access)
    access.choose({ purpose: 'library', context: 0 })
    await shown(access, ({ scene }) => scene.purpose === 'library')
    await settle()
    bff.online = false
    const again = await reopen(page)
    again.access.show()
    const code = await shown(again.access)
    expect(await check(code)).toMatchObject({ credentialId: 'credential-1', purpose: 'library' })
    expect(again.access.overview.value.value?.places).toHaveLength(1)
  })

  test('a page that has nothing says that it needs a network once, and comes back by itself', async () => {
    bff.online = false
    const { access, online } = await open()
    access.show()
    await until(() => access.code.value.kind === 'blocked')
    expect(access.code.value).toMatchObject({ problem: { code: 'NETWORK_LOST' } })
    bff.online = true
    online.value = true
    await pass(10_000)
    await shown(access)
  })

  test('the phone’s clock stays corrected on the next visit', async () => {
    bff.aheadMs = 5 * 60_000
    const page = await open()
    page.access.show()
    await shown(page.access, ({ shownAt }) => shownAt > Date.now())
    await settle()
    bff.online = false
    const again = await reopen(page)
    again.access.show()
    const code = await shown(again.access)
    expect(Math.abs((await check(code)).shownAt - unixNow())).toBeLessThanOrEqual(11)
  })
})

describe('a credential', () => {
  test('is renewed with a fresh key at half its life, without anybody noticing', async () => {
    bff.access.credentialMinutes = 60
    const { access } = await open()
    access.show()
    const first = await shown(access)
    const kinds = new Set<string>()
    access.code.subscribe(() => kinds.add(access.code.value.kind))
    await pass(30 * 60_000)
    expect(started()).toBe(2)
    const code = await shown(access, ({ serial }) => serial > first.serial + 100)
    expect((await check(code)).credentialId).toBe('credential-2')
    const [one, two] = bff.access.credentials
    expect(one?.publicKey).not.toBe(two?.publicKey)
    // The old key is gone, and with it all that could be shown: nothing has to be revoked for it.
    expect(one?.ended).toBe(false)
    expect([...kinds]).toEqual(['code'])
  })

  test('that cannot be renewed goes on, and is not asked for in a hurry', async () => {
    bff.access.credentialMinutes = 60
    const { access } = await open()
    access.show()
    await shown(access)
    bff.on('POST /access/credentials', () => bff.refuse('UNAVAILABLE'))
    await pass(40 * 60_000)
    expect(started()).toBeGreaterThan(3)
    expect(started()).toBeLessThan(8)
    expect((await check(await shown(access))).credentialId).toBe('credential-1')
  })

  test('is kept for one person: another’s visit removes it', async () => {
    const page = await open('person-1')
    page.access.show()
    await shown(page.access)
    await settle()
    page.close()
    await open('person-2')
    await settle()
    expect(await (await storage()).keys()).not.toContain('access https://bff.test 1001 person-1')
    const again = await open('person-1')
    bff.online = false
    again.access.show()
    await until(() => again.access.code.value.kind === 'blocked')
  })

  test('and what a payment’s key is kept for do not get in each other’s way', async () => {
    const page = await open()
    page.model.showPay()
    await page.enrol()
    page.access.show()
    await shown(page.access)
    await settle()
    const again = await reopen(page)
    bff.online = false
    again.model.showPay()
    again.access.show()
    expect(await again.code()).toMatchObject({ source: 'device' })
    await shown(again.access)
  })

  test('serves as long as the page is open where keys cannot be kept', async () => {
    vi.stubGlobal('indexedDB', {
      open() {
        throw new DOMException('no storage here', 'SecurityError')
      },
    })
    const page = await open()
    page.access.show()
    await pass(4_000)
    const first = await shown(page.access)
    await pass(20_000)
    await shown(page.access, ({ serial }) => serial > first.serial)
    expect(started()).toBe(1)
  })

  test('whose key came back useless is replaced', async () => {
    const page = await open()
    page.access.show()
    await shown(page.access)
    await settle()
    const { accessKey, read, write } = await storage()
    const stored = await read(accessKey)
    await write(accessKey, {
      ...stored,
      credential: { ...stored.credential, privateKey: { broken: true } },
    })
    const again = await reopen(page)
    again.access.show()
    expect((await check(await shown(again.access))).credentialId).toBe('credential-2')
  })

  test('is dropped when another tab has signed out', async () => {
    const page = await open()
    page.access.show()
    await shown(page.access)
    await settle()
    const { accessKey, remove } = await storage()
    await remove(accessKey)
    page.visible.value = false
    page.visible.value = true
    await until(() => started() === 2)
    await pass(10_000)
    expect((await check(await shown(page.access))).credentialId).toBe('credential-2')
  })

  test('ends with signing out, here and at the core', async () => {
    const page = await open()
    page.access.show()
    await shown(page.access)
    await page.engine.signOut()
    expect(bff.access.living()).toEqual([])
    expect(await (await storage()).keys()).toEqual([])
    expect(page.model.access.value).toBeUndefined()
    const asked = bff.requests.length
    await pass(60_000)
    expect(bff.requests.length).toBe(asked)
  })

  test('ends with signing out, too, on a page that has not opened access', async () => {
    const page = await open()
    page.access.show()
    await shown(page.access)
    await settle()
    page.close()
    const fresh = openPage(bff)
    pages.push(fresh)
    await fresh.engine.signOut()
    expect(bff.access.living()).toEqual([])
    expect(await (await storage()).keys()).toEqual([])
  })

  test('that arrives after signing out is not kept', async () => {
    const page = await open()
    let come = () => {}
    const coming = new Promise<undefined>((resolve) => {
      come = () => resolve(undefined)
    })
    bff.on('POST /access/credentials', async () => {
      await coming
      return bff.access.answer('POST /access/credentials', lastBody(), new URLSearchParams(), bff)
    })
    page.access.show()
    await until(() => started() === 1)
    const gone = page.engine.signOut()
    await settle()
    come()
    await gone
    await settle()
    expect(await (await storage()).keys()).toEqual([])
  })
})

describe('what stands against a code', () => {
  test.each([
    ['unclaimed', 'CARD_NOT_CLAIMED'],
    ['locked', 'CARD_LOCKED'],
    ['closed', 'CARD_CLOSED'],
  ] as const)('a card that is %s', async (status, code) => {
    bff.card = { ...bff.card, status }
    const { access } = await open()
    access.show()
    await until(() => access.code.value.kind === 'blocked')
    expect(access.code.value).toMatchObject({ problem: { code } })
  })

  test('a lock takes the code away at once, and unlocking brings one with a new credential', async () => {
    const { access, model } = await open()
    access.show()
    await shown(access)
    bff.card = { ...bff.card, status: 'locked' }
    bff.push({ type: 'card', status: 'locked' })
    await until(() => access.code.value.kind === 'blocked')
    expect(access.code.value).toMatchObject({ problem: { code: 'CARD_LOCKED' } })
    bff.card = { ...bff.card, status: 'active' }
    await model.refresh()
    expect((await check(await shown(access))).credentialId).toBe('credential-2')
  })

  test('a credential that was revoked elsewhere is replaced', async () => {
    const { access } = await open()
    access.show()
    await shown(access)
    await pass(5_000)
    const at = new Date(bff.now()).toISOString()
    const revocation = {
      at,
      reason: 'changed' as const,
      gateCount: 3,
      reachedCount: 1,
      waiting: [],
    }
    bff.access.overview = { ...bff.access.overview, revocation }
    await pass(1_000)
    await access.load()
    await until(() => started() === 2)
    await pass(60_000)
    expect(started()).toBe(2)
  })

  test('no consent: it is asked for in the words that the core keeps, once (R42)', async () => {
    bff.access.overview = { ...bff.access.overview, consented: false }
    const page = await open()
    const { access } = page
    access.show()
    await until(() => access.code.value.kind === 'consent' && access.code.value.what)
    expect(access.code.value).toMatchObject({ what: { 'zh-CN': expect.stringContaining('90 天') } })
    expect(started()).toBe(0)
    await access.agree()
    await shown(access)
    expect(lastBody()).toMatchObject({ consent: true })
    await settle()
    const again = await reopen(page)
    again.access.show()
    await shown(again.access)
    expect(started()).toBe(1)
  })

  test('a consent that was taken back is asked for again, and the code is gone', async () => {
    const { access } = await open()
    access.show()
    await shown(access)
    bff.access.overview = { ...bff.access.overview, consented: false }
    await access.load()
    await until(() => access.code.value.kind === 'consent')
    expect(started()).toBe(1)
  })

  test('a consent that the core misses although the page thinks it stands', async () => {
    const { access } = await open()
    bff.on('POST /access/credentials', () => bff.refuse('CONSENT_REQUIRED'))
    access.show()
    await until(() => access.code.value.kind === 'consent' && access.code.value.what)
    bff.on('POST /access/credentials', undefined)
    await access.agree()
    await shown(access)
  })

  test('nothing that applies to the person', async () => {
    bff.access.overview = { ...bff.access.overview, contexts: [] }
    const { access } = await open()
    access.show()
    await until(() => access.code.value.kind === 'nowhere')
    expect(started()).toBe(0)
    bff.access.overview = createFakeBff().access.overview
    await pass(31_000)
    await shown(access)
  })

  test('too many credentials a day: it waits, and comes back by itself', async () => {
    bff.on('POST /access/credentials', () => bff.refuse('RATE_LIMITED'))
    const { access } = await open()
    access.show()
    await until(() => access.code.value.kind === 'blocked')
    await pass(240_000)
    expect(started()).toBe(1)
    bff.on('POST /access/credentials', undefined)
    await pass(70_000)
    await shown(access)
  })

  test('a session without access', async () => {
    bff.on('GET /access', () => bff.refuse('SCOPE_MISSING'))
    const { access } = await open()
    access.show()
    await until(() => access.code.value.kind === 'blocked')
    expect(access.code.value).toMatchObject({ problem: { code: 'SCOPE_MISSING' } })
    const asked = bff.requests.length
    await pass(20_000)
    expect(bff.requests.length - asked).toBeLessThan(3)
  })
})

describe('what a code is for', () => {
  const meeting = {
    purpose: 'meeting' as const,
    context: 4_711,
    title: '班会',
    place: 'A-201',
    endsAt: '2026-09-01T04:05:00.000Z',
  }

  test('is chosen, and the door or library stays chosen for the next visit', async () => {
    const page = await open()
    page.access.show()
    await shown(page.access)
    page.access.choose({ purpose: 'library', context: 0 })
    expect(
      (await check(await shown(page.access, ({ scene }) => scene.purpose === 'library'))).purpose,
    ).toBe('library')
    await settle()
    const again = await reopen(page)
    again.access.show()
    expect((await shown(again.access)).scene).toEqual({ purpose: 'library', context: 0 })
  })

  test('a meeting has its number in the code, and gives way when it is over', async () => {
    const { contexts } = bff.access.overview
    bff.access.overview = { ...bff.access.overview, contexts: [...contexts, meeting] }
    const { access } = await open()
    access.show()
    await until(() => access.overview.value.value)
    access.choose({ purpose: 'library', context: 0 })
    access.choose(meeting)
    const code = await shown(access, ({ scene }) => scene.purpose === 'meeting')
    expect(await check(code)).toMatchObject({ purpose: 'meeting', context: 4_711 })
    await pass(5 * 60_000)
    expect((await shown(access)).scene).toEqual({ purpose: 'library', context: 0 })
  })

  test('a meeting that begins while the screen is open comes by itself', async () => {
    const { access } = await open()
    access.show()
    await shown(access)
    const { contexts } = bff.access.overview
    bff.access.overview = { ...bff.access.overview, contexts: [...contexts, meeting] }
    await pass(31_000)
    expect(access.overview.value.value?.contexts).toContainEqual(meeting)
  })
})

describe('what a gate says', () => {
  const news = (change: object = {}) => ({
    type: 'access' as const,
    recordId: 'record-1',
    gateName: '东门',
    purpose: 'door' as const,
    result: 'opened' as const,
    refusal: null,
    ...change,
  })
  const told = ({ code }: AccessModel): GateNews | undefined =>
    code.value.kind === 'result' ? code.value.news : undefined

  test('takes the code’s place for three seconds, is told to the host, and is told once', async () => {
    const { access, gates } = await open()
    access.show()
    const code = await shown(access)
    bff.push(news())
    await until(() => told(access))
    expect(told(access)).toMatchObject({ gateName: '东门', result: 'opened' })
    await pass(2_900)
    expect(access.code.value.kind).toBe('result')
    await pass(200)
    await shown(access, ({ serial }) => serial > code.serial)
    bff.push(news())
    await pass(2_000)
    expect(access.code.value.kind).toBe('code')
    expect(gates).toHaveLength(1)
    expect(gates[0]).toEqual({
      ...{ recordId: 'record-1', gateName: '东门', purpose: 'door', result: 'opened' },
      ...{ refusal: null, at: expect.any(String) },
    })
  })

  test('comes by asking where there is no stream', async () => {
    bff.streams = false
    const { access } = await open()
    access.show()
    await shown(access)
    bff.push(news())
    await pass(3_000)
    await until(() => told(access))
  })

  test('of a refusal stays readable beside the next code', async () => {
    const { access } = await open()
    access.show()
    await shown(access)
    bff.push(news({ result: 'refused', refusal: 'NOT_NOW' }))
    await until(() => told(access))
    await pass(4_000)
    await shown(access)
    expect(access.news.value?.refusal).toBe('NOT_NOW')
    await pass(20_000)
    expect(access.news.value).toBeUndefined()
  })

  test('while the page was hidden is told on return, if it is news', async () => {
    const { access, visible } = await open()
    access.show()
    await shown(access)
    visible.value = false
    bff.push(news())
    await pass(5_000)
    visible.value = true
    await until(() => told(access))
    visible.value = false
    bff.push(news({ recordId: 'record-2' }))
    await pass(60_000)
    visible.value = true
    await shown(access)
    await pass(3_000)
    expect(access.code.value.kind).toBe('code')
  })

  test('that the credential is revoked gets another, but not one after the other', async () => {
    const { access } = await open()
    access.show()
    await shown(access)
    bff.push(news({ result: 'refused', refusal: 'REVOKED' }))
    await until(() => started() === 2)
    bff.push(news({ recordId: 'record-2', result: 'refused', refusal: 'REVOKED' }))
    await pass(10_000)
    expect(started()).toBe(2)
    expect((await check(await shown(access))).credentialId).toBe('credential-2')
  })
})

describe('an identity code (R5)', () => {
  test('is issued, replaced in place before its minute is over, and gone when hidden', async () => {
    const { access, visible } = await open()
    access.showIdentity()
    await until(() => access.identity.value.kind === 'code')
    expect(access.identity.value).toMatchObject({ digits: bff.access.identityCodes[0], serial: 1 })
    const kinds = new Set<string>()
    access.identity.subscribe(() => kinds.add(access.identity.value.kind))
    await pass(49_000)
    expect(bff.access.identityCodes).toHaveLength(1)
    await pass(2_000)
    await until(() => bff.access.identityCodes.length === 2)
    await settle()
    expect(access.identity.value).toMatchObject({ digits: bff.access.identityCodes[1], serial: 2 })
    expect([...kinds]).toEqual(['code'])
    visible.value = false
    expect(access.identity.value).toEqual({ kind: 'hidden' })
    await pass(120_000)
    expect(bff.access.identityCodes).toHaveLength(2)
  })

  test('needs a network, and stays while it lives', async () => {
    const { access } = await open()
    access.showIdentity()
    await until(() => access.identity.value.kind === 'code')
    bff.online = false
    await pass(55_000)
    expect(access.identity.value.kind).toBe('code')
    await pass(10_000)
    expect(access.identity.value).toMatchObject({
      kind: 'blocked',
      problem: { code: 'NETWORK_LOST' },
    })
    bff.online = true
    await pass(5_000)
    await until(() => access.identity.value.kind === 'code')
  })

  test('is not to be had with a locked card, and asks no more than once', async () => {
    const { access } = await open()
    bff.on('POST /identity-codes', () => bff.refuse('CARD_LOCKED'))
    access.showIdentity()
    await until(() => access.identity.value.kind === 'blocked')
    await pass(30_000)
    expect(bff.count('POST /identity-codes')).toBe(1)
  })
})

describe('records and gatherings', () => {
  test('come page by page, each once (R42)', async () => {
    const record = (recordId: string) => ({ recordId }) as never
    bff.access.records = [
      [record('a'), record('b')],
      [record('b'), record('c')],
    ]
    const { access } = await open()
    await access.loadRecords()
    await access.moreRecords()
    expect(access.records.value.value?.records.map(({ recordId }) => recordId)).toEqual([
      ...['a', 'b', 'c'],
    ])
    await access.moreRecords()
    expect(bff.count('GET /access/records')).toBe(2)
  })

  const draft = {
    ...{ purpose: 'attendance' as const, title: '高等数学', zone: 'A-201', minutes: 45 },
    ...{ classes: ['student' as const], groups: [] },
  }

  test('one that is tried again is opened once; another of the same content is another', async () => {
    bff.access.overview = { ...bff.access.overview, mayGather: true }
    const { access } = await open()
    const route = 'POST /access/gatherings'
    bff.on(route, ({ body }) => {
      bff.access.answer(route, body, new URLSearchParams(), bff)
      throw new TypeError('Failed to fetch')
    })
    expect(await access.startGathering(draft)).toMatchObject({ kind: 'refused' })
    bff.on(route, undefined)
    expect(await access.startGathering(draft)).toMatchObject({ kind: 'done' })
    expect(bff.access.gatherings.size).toBe(1)
    expect(await access.startGathering(draft)).toMatchObject({ kind: 'done' })
    expect(bff.access.gatherings.size).toBe(2)
  })

  test('who has signed in is asked for as long as it runs and is on display', async () => {
    bff.access.overview = { ...bff.access.overview, mayGather: true }
    const { access } = await open()
    const done = await access.startGathering(draft)
    if (done.kind !== 'done') throw new Error('not opened')
    const { gatheringId } = done.value
    const stop = access.showAttendance(gatheringId)
    await until(() => access.attendance.value.value)
    bff.access.attendees = [
      { name: '林夏', maskedCardNo: '2023••••417', firstAt: '', replayed: false },
    ]
    await pass(5_000)
    expect(access.attendance.value.value?.attendees).toHaveLength(1)
    await access.endGathering(gatheringId)
    await until(() => access.attendance.value.value?.gathering.endsAt !== done.value.endsAt)
    await pass(10_000)
    const asked = bff.requests.length
    await pass(20_000)
    expect(bff.requests.length).toBe(asked)
    stop()
  })
})

describe('how far a lock has reached (R32)', () => {
  test('is asked for until all gates know', async () => {
    const at = new Date(bff.now()).toISOString()
    const revocation = {
      ...{ at, reason: 'card_locked' as const, gateCount: 3, reachedCount: 1 },
      waiting: [{ name: '北门', lastContactAt: null }],
    }
    bff.access.overview = { ...bff.access.overview, revocation }
    const { access } = await open()
    const stop = access.watchReach()
    await until(() => access.reach.value)
    bff.access.overview = { ...bff.access.overview, revocation: { ...revocation, reachedCount: 2 } }
    await pass(6_000)
    expect(access.reach.value?.reachedCount).toBe(2)
    bff.access.overview = { ...bff.access.overview, revocation: null }
    await pass(6_000)
    expect(access.reach.value).toBeNull()
    const asked = bff.count('GET /access')
    await pass(30_000)
    expect(bff.count('GET /access')).toBe(asked)
    stop()
  })

  test('is never taken from what was known before the lock', async () => {
    const page = await open()
    page.access.show()
    await shown(page.access)
    await settle()
    const again = await reopen(page)
    bff.online = false
    again.access.watchReach()
    await pass(20_000)
    expect(again.access.overview.value.value).toBeDefined()
    expect(again.access.reach.value).toBeUndefined()
    bff.online = true
    await pass(6_000)
    expect(again.access.reach.value).toBeNull()
  })
})

function lastBody(): unknown {
  return bff.requests.filter(({ route }) => route === 'POST /access/credentials').pop()?.body
}

/** What the page keeps, looked at from outside. */
async function storage() {
  const { createStore, del, get, keys, set } = await import('idb-keyval')
  const store = createStore('campus-ecode', 'devices')
  return {
    accessKey: 'access https://bff.test 1001 person-1',
    // biome-ignore lint/suspicious/noExplicitAny: whatever is there
    read: (key: string) => get<any>(key, store),
    write: (key: string, value: unknown) => set(key, value, store),
    remove: (key: string) => del(key, store),
    keys: () => keys<string>(store),
  }
}
