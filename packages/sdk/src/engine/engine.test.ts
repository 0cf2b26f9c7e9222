import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createFakeBff } from './testing/fake-bff.ts'
import { openPage, pass, settle, until, usePhone } from './testing/phone.ts'

let bff: ReturnType<typeof createFakeBff>
let pages: ReturnType<typeof openPage>[]

function open(subject?: string, connected?: boolean) {
  const page = openPage(bff, subject, connected)
  pages.push(page)
  return page
}

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

/** A page whose phone is enrolled, with its device code on display. */
async function openEnrolled() {
  const page = open()
  page.model.showPay()
  await page.enrol()
  const code = await page.code((shown) => shown.source === 'device')
  return { ...page, first: code }
}

describe('codes issued by the core, for a phone without a key', () => {
  test('are shown for at most fifty seconds and replaced in place', async () => {
    const { model, code } = open()
    model.showPay()
    const first = await code()
    expect(first).toMatchObject({ source: 'issued', account: 'wallet', revealed: false, serial: 1 })
    expect(first.digits).toBe(bff.issued[0])
    expect(first.refreshAt - first.drawnAt).toBeLessThanOrEqual(50_000)
    const kinds: string[] = []
    model.pay.subscribe(() => kinds.push(model.pay.value.kind))
    await pass(49_000)
    expect(model.pay.value).toBe(first)
    await pass(1_000)
    expect(await code((shown) => shown.serial === 2)).toMatchObject({ digits: bff.issued[1] })
    expect(kinds).toEqual(['code'])
  })

  test('name the account that the core puts first (R7)', async () => {
    bff.accounts = { ...bff.accounts, defaultAccount: 'one_card' }
    const { model, code } = open()
    model.showPay()
    expect(await code()).toMatchObject({
      account: 'one_card',
      digits: expect.stringMatching(/^7110016/),
    })
    expect(bff.issued).toHaveLength(1)
  })

  test('are asked for anew when the account is switched, and the choice is kept (R7)', async () => {
    const { model, code } = open()
    model.showPay()
    await code()
    model.chooseAccount('one_card')
    expect(await code((shown) => shown.account === 'one_card')).toMatchObject({ serial: 2 })
    await until(() => model.accounts.value.value?.defaultAccount === 'one_card')
  })

  test('say when their digits are shown, and hide them again after a payment (R19)', async () => {
    const { model, code } = open()
    model.showPay()
    await code()
    model.setRevealed(true)
    await code((shown) => shown.revealed)
    expect(bff.requests.at(-1)?.body).toMatchObject({ revealed: true })
    bff.pushPayment({ codeId: bff.issuedIds.at(-1) ?? '' })
    await until(() => model.pay.value.kind === 'result')
    model.nextCode()
    expect(await code()).toMatchObject({ revealed: false })
  })

  test('end with the network: the last one while it can pay, then the reason, then by themselves the next', async () => {
    const { model, code } = open()
    model.showPay()
    const first = await code()
    bff.online = false
    await pass(51_000)
    expect(model.pay.value).toBe(first)
    await pass(10_000)
    expect(model.pay.value).toMatchObject({ kind: 'blocked', problem: { code: 'NETWORK_LOST' } })
    expect(model.online.value).toBe(false)
    bff.online = true
    await pass(30_000)
    await code((shown) => shown.serial === 2)
    expect(model.online.value).toBe(true)
  })

  test('come at once when the system says that the network is back', async () => {
    bff.online = false
    const { model, code, online } = open()
    model.showPay()
    await until(() => model.pay.value.kind === 'blocked')
    bff.online = true
    online.value = true
    await settle()
    model.renewSession()
    await code()
  })
})

describe('codes made by the phone', () => {
  test('follow enrolment at once, are genuine, and name school, account and mode', async () => {
    const { model, code, first } = await openEnrolled()
    const grant = bff.device?.grant
    expect(first).toMatchObject({ account: 'wallet', digits: expect.stringMatching(/^7110012/) })
    expect(grant && (await bff.explain(first.digits, grant))).toBe(Math.floor(bff.now() / 10_000))
    model.chooseAccount('one_card')
    expect((await code((shown) => shown.account === 'one_card')).digits).toMatch(/^7110011/)
    model.setRevealed(true)
    expect((await code((shown) => shown.revealed)).digits).toMatch(/^7110013/)
  })

  test('need no request: the first is drawn with the network gone, before and after opening', async () => {
    await openEnrolled()
    bff.online = false
    bff.requests.length = 0
    const again = open()
    again.model.showPay()
    expect(await again.code()).toMatchObject({ source: 'device' })
    expect(bff.requests).toEqual([])
    await pass(50_000)
    expect(await again.code((shown) => shown.serial === 2)).toMatchObject({ source: 'device' })
  })

  test('are there before anything is asked of anybody, and stay while the screen comes', async () => {
    await openEnrolled()
    bff.requests.length = 0
    const sessions = bff.sessionsOpened
    const { engine, model } = open('person-1', false)
    const letGo = await engine.drawAhead()
    const ahead = model.pay.value
    expect(ahead).toMatchObject({ kind: 'code', source: 'device' })
    await settle()
    expect({ requests: bff.requests, sessions: bff.sessionsOpened }).toEqual({
      requests: [],
      sessions,
    })
    model.showPay()
    letGo()
    engine.connect()
    await until(() => model.card.value.value)
    expect(model.pay.value).toEqual(ahead)
  })

  test('keep nobody waiting where there is no key, or a storage that does not answer', async () => {
    const letGo = await open('person-1', false).engine.drawAhead()
    letGo()
    vi.stubGlobal('indexedDB', { open: () => ({}) })
    let waited = true
    open('person-2', false)
      .engine.drawAhead()
      .then(() => {
        waited = false
      })
    await settle()
    expect(waited).toBe(true)
    await pass(150)
    expect(waited).toBe(false)
  })

  test('are drawn first from the account that was first at the last visit', async () => {
    const { model, code } = await openEnrolled()
    model.chooseAccount('one_card')
    await code((shown) => shown.account === 'one_card')
    await until(() => model.accounts.value.value?.defaultAccount === 'one_card')
    await settle()
    bff.online = false
    const again = open()
    again.model.showPay()
    expect(await again.code()).toMatchObject({ source: 'device', account: 'one_card' })
  })

  test('go off display ten seconds before they end', async () => {
    const { model, code, first } = await openEnrolled()
    const step = Math.floor(first.drawnAt / 10_000)
    expect(first.refreshAt).toBe(step * 10_000 + 50_000)
    await pass(first.refreshAt - bff.now())
    const second = await code((shown) => shown.serial > first.serial)
    expect(second.drawnAt).toBeGreaterThanOrEqual(first.refreshAt)
    expect(model.pay.value.kind).toBe('code')
  })

  test('are replaced and contact is made right after the machine has slept', async () => {
    const { model, code, first } = await openEnrolled()
    const contact = `POST /devices/${bff.device?.deviceId}/contact`
    const before = bff.count(contact)
    // Timers stood still.
    vi.setSystemTime(Date.now() + 1_800_000)
    const capped: unknown[] = []
    model.pay.subscribe(() =>
      capped.push((model.pay.value as { offlineCaps?: unknown }).offlineCaps),
    )
    await pass(1_000)
    const next = await code((shown) => shown.serial > first.serial)
    const grant = bff.device?.grant
    expect(grant && (await bff.explain(next.digits, grant))).toBeDefined()
    expect(bff.count(contact)).toBe(before + 1)
    expect(capped.filter(Boolean)).toEqual([])
  })

  test('change when the person refreshes, even within one step', async () => {
    const { model, code, first } = await openEnrolled()
    model.refreshCode()
    const second = await code((shown) => shown.serial > first.serial)
    expect(second.digits).not.toBe(first.digits)
    const grant = bff.device?.grant
    const step = grant && (await bff.explain(second.digits, grant))
    expect(step).toBe(Math.floor(bff.now() / 10_000) + 1)
    // Further than one step ahead would be refused as too early.
    model.refreshCode()
    const third = await code((shown) => shown.serial > second.serial)
    expect(third.digits).toBe(second.digits)
    expect(third.refreshAt - third.drawnAt).toBeLessThanOrEqual(50_000)
  })

  test('are never drawn from a spent step: the next one is ready at once (R18)', async () => {
    const { model, code, first } = await openEnrolled()
    bff.pushPayment({ deviceId: bff.device?.deviceId ?? '' })
    await until(() => model.pay.value.kind === 'result')
    model.nextCode()
    const next = await code()
    const grant = bff.device?.grant
    expect(grant && (await bff.explain(next.digits, grant))).toBe(
      Math.floor(bff.now() / 10_000) + 1,
    )
    expect(next.digits).not.toBe(first.digits)
    // Twice in one step: only the clock can help.
    bff.pushPayment({ deviceId: bff.device?.deviceId ?? '' })
    await until(() => model.pay.value.kind === 'result')
    model.nextCode()
    await until(() => model.pay.value.kind === 'loading')
    await pass(10_000)
    const third = await code()
    expect(third.digits).not.toBe(next.digits)
  })

  test('obey caps after ten minutes without contact, and say so only once contact has failed', async () => {
    const { model, code } = await openEnrolled()
    const device = bff.device?.deviceId
    bff.on(`POST /devices/${device}/contact`, () => bff.refuse('CORE_UNREACHABLE'))
    await pass(300_000)
    expect(model.pay.value).not.toHaveProperty('offlineCaps')
    await pass(320_000)
    expect(await code()).toMatchObject({ source: 'device', offlineCaps: bff.caps })
    bff.on(`POST /devices/${device}/contact`, undefined)
    await pass(20_000)
    expect(model.pay.value).not.toHaveProperty('offlineCaps')
  })

  test('end fourteen days after the last contact', async () => {
    const enrolled = await openEnrolled()
    enrolled.close()
    bff.online = false
    vi.setSystemTime(Date.now() + 14 * 86_400_000 + 1_000)
    const again = open()
    again.model.showPay()
    await until(() => again.model.pay.value.kind === 'blocked')
    expect(again.model.pay.value).toMatchObject({ problem: { code: 'NETWORK_LOST' } })
  })

  test('change to a new grant once it is kept, and acknowledge it at the next contact', async () => {
    const { model, code, first } = await openEnrolled()
    const old = bff.device?.grant
    const fresh = bff.makeGrant()
    bff.nextGrant = fresh
    await pass(360_000)
    const next = await code((shown) => shown.drawnAt > first.drawnAt + 300_000)
    expect(old && (await bff.explain(next.digits, old))).toBeUndefined()
    expect(await bff.explain(next.digits, fresh)).toBeDefined()
    await pass(300_000)
    const contact = bff.requests.filter(({ route }) => route.endsWith('/contact')).at(-1)
    expect(contact?.body).toEqual({ grantId: fresh.grantId })
    expect(model.pay.value.kind).toBe('code')
  })

  test('stay with the old grant when the new one cannot be kept', async () => {
    const { code, first } = await openEnrolled()
    const old = bff.device?.grant
    bff.nextGrant = bff.makeGrant()
    vi.stubGlobal('indexedDB', undefined)
    const { IDBObjectStore } = await import('fake-indexeddb')
    const put = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
      throw new DOMException('full', 'QuotaExceededError')
    })
    await pass(300_000)
    const next = await code((shown) => shown.drawnAt > first.drawnAt + 290_000)
    expect(old && (await bff.explain(next.digits, old))).toBeDefined()
    put.mockRestore()
  })

  test('follow a grant that another tab has got', async () => {
    const one = await openEnrolled()
    const two = open()
    two.model.showPay()
    await two.code()
    const fresh = bff.makeGrant()
    bff.nextGrant = fresh
    // The contact after the next: both made the next one at the same moment.
    await pass(660_000)
    for (const page of [one, two]) {
      const shown = await page.code()
      expect(await bff.explain(shown.digits, fresh)).toBeDefined()
    }
  })

  test.each(['DEVICE_UNKNOWN', 'DEVICE_REMOVED'] as const)(
    'end when the core answers %s, and enrolment is offered again',
    async (refusal) => {
      const { model, code } = await openEnrolled()
      bff.on(`POST /devices/${bff.device?.deviceId}/contact`, () => bff.refuse(refusal))
      await pass(300_000)
      expect(await code((shown) => shown.source === 'issued')).toBeDefined()
      expect(model.enrolment.value).toEqual({ kind: 'offered' })
      const again = open()
      again.model.showPay()
      expect(await again.code()).toMatchObject({ source: 'issued' })
    },
  )

  test('end at the removal of the device, told by an event', async () => {
    const { code } = await openEnrolled()
    const deviceId = bff.device?.deviceId ?? ''
    bff.push({ type: 'device', deviceId, change: 'removed', label: 'iPhone' })
    await code((shown) => shown.source === 'issued')
  })
})

describe('a wrong clock', () => {
  test.each([-300_000, 300_000])(
    'is corrected by %d ms from the first answers',
    async (aheadMs) => {
      bff.aheadMs = aheadMs
      const { model, code } = open()
      model.showPay()
      const shown = await code()
      expect(Math.abs(model.now() - bff.now())).toBeLessThan(1_500)
      expect(Math.abs(shown.drawnAt - bff.now())).toBeLessThan(1_500)
      expect(model.session.value.kind).toBe('open')
    },
  )

  test('makes a device code be drawn again, and is remembered for a start without network', async () => {
    const { first } = await openEnrolled()
    bff.aheadMs = 120_000
    await pass(300_000)
    const page = pages[0]
    const shown = await page?.code((code) => code.serial > first.serial)
    const grant = bff.device?.grant
    expect(grant && shown && (await bff.explain(shown.digits, grant))).toBeDefined()
    await settle()
    bff.online = false
    const again = open()
    again.model.showPay()
    const drawn = await again.code()
    expect(Math.abs(drawn.drawnAt - bff.now())).toBeLessThan(1_500)
  })
})

describe('outcomes', () => {
  test('take the place of the code, once each, and refresh what money is shown (R22)', async () => {
    const { model, code, outcomes } = open()
    model.showPay()
    await code()
    await until(() => bff.openStreams() === 1)
    const balances = bff.count('GET /accounts')
    const entry = bff.pushPayment({ codeId: bff.issuedIds[0] ?? '' })
    await until(() => model.pay.value.kind === 'result')
    expect(model.pay.value).toMatchObject({ entry })
    await until(() => bff.count('GET /accounts') > balances)
    expect(outcomes).toEqual([entry])
    await pass(60_000)
    expect(model.pay.value.kind).toBe('result')
    model.nextCode()
    await code()
  })

  test('of a device code come by its device', async () => {
    const { model } = await openEnrolled()
    bff.pushPayment({ deviceId: bff.device?.deviceId ?? '' }, { status: 'REFUSED' })
    await until(() => model.pay.value.kind === 'result')
  })

  test('of a scan before the network came back are shown, and so is the money', async () => {
    const enrolled = await openEnrolled()
    await settle()
    enrolled.close()
    bff.online = false
    const { model, code } = open()
    model.showPay()
    await code()
    await pass(5_000)
    expect(model.accounts.value.value).toBeUndefined()
    const entry = bff.pushPayment({ deviceId: bff.device?.deviceId ?? '' })
    bff.online = true
    await pass(10_000)
    expect(model.pay.value).toMatchObject({ kind: 'result', entry })
    expect(model.accounts.value.value).toBeDefined()
    expect(model.card.value.value).toBeDefined()
  })

  test('of the person’s card and face come too, and the code stays good (R29)', async () => {
    const { model, code, outcomes } = open()
    model.showPay()
    await code()
    const { length } = bff.issuedIds
    await until(() => bff.openStreams() === 1)
    const entry = bff.pushPayment({}, { means: 'card', status: 'AWAITING_PASSWORD' })
    await until(() => model.pay.value.kind === 'result')
    expect(model.pay.value).toMatchObject({ entry })
    expect(outcomes).toEqual([entry])
    model.nextCode()
    bff.pushPayment({}, { entryId: 'by-face', paymentId: 'p-2', means: 'face', status: 'PAID' })
    await until(() => outcomes.length === 2)
    expect(bff.issuedIds.length).toBeGreaterThanOrEqual(length)
  })

  test('of other phones and old ones leave the code alone', async () => {
    const { model, code, outcomes } = open()
    model.showPay()
    await code()
    await until(() => bff.openStreams() === 1)
    bff.pushPayment({ codeId: 'somebody-elses' })
    bff.pushPayment({ deviceId: 'another-phone' })
    await settle()
    expect(model.pay.value.kind).toBe('code')
    expect(outcomes).toEqual([])
  })

  test('come by asking when streams do not work', async () => {
    bff.streams = false
    const { model, code } = open()
    model.showPay()
    await code()
    await settle()
    bff.pushPayment({ codeId: bff.issuedIds[0] ?? '' })
    await pass(2_000)
    await until(() => model.pay.value.kind === 'result')
  })

  test.each(['PROCESSING', 'UNKNOWN'] as const)(
    'that are %s are asked about until they are settled (R33)',
    async (status) => {
      const { model, code, outcomes } = open()
      model.showPay()
      await code()
      await until(() => bff.openStreams() === 1)
      const entry = bff.pushPayment({ codeId: bff.issuedIds[0] ?? '' }, { status })
      let settled = false
      bff.on(`GET /bill/${entry.entryId}`, () => (settled ? { ...entry, status: 'PAID' } : entry))
      await until(() => model.pay.value.kind === 'result')
      await pass(5_000)
      expect(model.pay.value).toMatchObject({ entry: { status } })
      settled = true
      await pass(10_000)
      expect(model.pay.value).toMatchObject({ entry: { status: 'PAID' } })
      expect(outcomes.map((outcome) => outcome.status)).toEqual([status, 'PAID'])
      const asked = bff.count(`GET /bill/${entry.entryId}`)
      await pass(30_000)
      expect(bff.count(`GET /bill/${entry.entryId}`)).toBe(asked)
    },
  )

  test('that refuse for want of contact bring contact at once', async () => {
    const { model } = await openEnrolled()
    const deviceId = bff.device?.deviceId ?? ''
    const before = bff.count(`POST /devices/${deviceId}/contact`)
    const refusal = { code: 'DEVICE_CODES_PAUSED', message: { 'zh-CN': '', en: '' } } as const
    bff.pushPayment({ deviceId }, { status: 'REFUSED', refusal })
    await until(() => bff.count(`POST /devices/${deviceId}/contact`) > before)
    expect(model.pay.value.kind).toBe('result')
  })
})

describe('a hidden page', () => {
  test('blanks the code, stops timers and the stream', async () => {
    const { model, visible, code } = open()
    model.showPay()
    await code()
    await until(() => bff.openStreams() === 1)
    visible.value = false
    expect(model.pay.value).toEqual({ kind: 'hidden' })
    await until(() => bff.openStreams() === 0)
    const asked = bff.requests.length
    await pass(600_000)
    expect(bff.requests.length).toBe(asked)
  })

  test('asks for the last code’s outcome before it draws the next', async () => {
    const { model, visible, code, outcomes } = open()
    model.showPay()
    await code()
    await until(() => bff.openStreams() === 1)
    visible.value = false
    await settle()
    const entry = bff.pushPayment({ codeId: bff.issuedIds[0] ?? '' })
    await pass(30_000)
    visible.value = true
    await until(() => model.pay.value.kind === 'result')
    expect(model.pay.value).toMatchObject({ entry })
    expect(outcomes).toEqual([entry])
    expect(bff.issued).toHaveLength(1)
  })

  test('draws after a moment when that question gets no answer', async () => {
    const { model, visible, first, code } = await openEnrolled()
    visible.value = false
    await settle()
    bff.on('GET /events', () => new Promise<Response>(() => {}))
    visible.value = true
    await settle()
    expect(model.pay.value.kind).toBe('loading')
    await pass(1_500)
    await code((shown) => shown.serial > first.serial)
  })

  test('comes back to the outcome it showed', async () => {
    const { model, visible, code } = open()
    model.showPay()
    await code()
    await until(() => bff.openStreams() === 1)
    bff.pushPayment({ codeId: bff.issuedIds[0] ?? '' })
    await until(() => model.pay.value.kind === 'result')
    const shown = model.pay.value
    visible.value = false
    visible.value = true
    expect(model.pay.value).toBe(shown)
  })

  test('draws nothing when it is opened hidden', async () => {
    const { model, visible, code } = open()
    visible.value = false
    model.showPay()
    await settle()
    expect(model.pay.value).toEqual({ kind: 'hidden' })
    expect(bff.issued).toEqual([])
    visible.value = true
    await code()
  })
})

describe('what is in the way', () => {
  test.each([
    ['unclaimed', 'CARD_NOT_CLAIMED'],
    ['locked', 'CARD_LOCKED'],
    ['closed', 'CARD_CLOSED'],
  ] as const)('a card that is %s is named, and no code is drawn', async (status, problem) => {
    bff.card = { ...bff.card, status }
    bff.on('POST /codes', () => bff.refuse(problem))
    const { model } = open()
    model.showPay()
    await until(() => model.pay.value.kind === 'blocked')
    expect(model.pay.value).toMatchObject({ problem: { code: problem } })
  })

  test('claiming the card brings the code', async () => {
    bff.card = { ...bff.card, status: 'unclaimed' }
    const { model, code } = open()
    await until(() => model.card.value.value)
    model.showPay()
    await until(() => model.pay.value.kind === 'blocked')
    await model.claimCard()
    await code()
  })

  test('a lock, told by an event, takes a device code away', async () => {
    const { model } = await openEnrolled()
    bff.card = { ...bff.card, status: 'locked' }
    bff.push({ type: 'card', status: 'locked' })
    await until(() => model.pay.value.kind === 'blocked')
    expect(model.pay.value).toMatchObject({ problem: { code: 'CARD_LOCKED' } })
  })

  test('the one-card system being down leaves the wallet untouched (R8)', async () => {
    const down = {
      account: 'one_card',
      status: 'unavailable',
      balanceFen: null,
      asOf: null,
    } as const
    const before = bff.accounts
    bff.accounts = { ...before, accounts: [...before.accounts.slice(0, 1), down] }
    const { model, code } = open()
    model.showPay()
    await code()
    model.chooseAccount('one_card')
    expect(model.pay.value).toMatchObject({
      kind: 'blocked',
      account: 'one_card',
      problem: { code: 'ONE_CARD_UNAVAILABLE' },
    })
    model.chooseAccount('wallet')
    await code()
    // It comes back by itself, without the person doing anything.
    bff.accounts = before
    await pass(10_000)
    await until(() => model.accounts.value.value?.accounts[1]?.status === 'open')
  })

  test('an account that is not open is named', async () => {
    const closed = { account: 'wallet', status: 'not_open', balanceFen: null, asOf: null } as const
    bff.accounts = { ...bff.accounts, accounts: [closed] }
    const { model } = open()
    model.showPay()
    await until(() => model.pay.value.kind === 'blocked')
    expect(model.pay.value).toMatchObject({ problem: { code: 'ACCOUNT_NOT_OPEN' } })
  })

  test('a fault of the core is tried again until it is over', async () => {
    bff.on('POST /codes', () => bff.refuse('CORE_UNREACHABLE'))
    const { model, code, troubles } = open()
    model.showPay()
    await until(() => model.pay.value.kind === 'blocked')
    expect(model.pay.value).toMatchObject({
      problem: { code: 'CORE_UNREACHABLE', requestId: 'request-1' },
    })
    expect(troubles.map(({ code }) => code)).toContain('CORE_UNREACHABLE')
    bff.on('POST /codes', undefined)
    await pass(3_000)
    await code()
  })

  test('no WebCrypto: the engine is named as too old', async () => {
    vi.stubGlobal('crypto', {})
    const { model } = open()
    model.showPay()
    await until(() => model.pay.value.kind === 'blocked')
    expect(model.pay.value).toMatchObject({ problem: { code: 'ENGINE_UNSUPPORTED' } })
    expect(model.session.value.kind).toBe('lost')
  })
})

describe('the storage', () => {
  test('that does not exist leaves issued codes and no offer to enrol', async () => {
    vi.stubGlobal('indexedDB', undefined)
    const { model, code } = open()
    model.showPay()
    expect(await code()).toMatchObject({ source: 'issued' })
    await until(() => bff.openStreams() === 1)
    expect(model.enrolment.value).toEqual({ kind: 'none', canEnrol: false })
  })

  test('that hangs is given up after two attempts', async () => {
    vi.stubGlobal('indexedDB', { open: () => ({}) })
    const { model, code } = open()
    model.showPay()
    await pass(1_400)
    expect(model.pay.value.kind).toBe('loading')
    await pass(1_700)
    expect(await code()).toMatchObject({ source: 'issued' })
  })

  test('keeps people apart: another subject wipes the key of the one before', async () => {
    await openEnrolled()
    pages[0]?.close()
    const other = open('person-2')
    other.model.showPay()
    expect(await other.code()).toMatchObject({ source: 'issued' })
    await settle()
    const back = open()
    back.model.showPay()
    expect(await back.code()).toMatchObject({ source: 'issued' })
  })

  test('that was emptied ends device codes at the next contact', async () => {
    const { code } = await openEnrolled()
    const { IDBObjectStore } = await import('fake-indexeddb')
    const get = vi.spyOn(IDBObjectStore.prototype, 'get')
    const all = indexedDB.open('campus-ecode')
    await until(() => all.readyState === 'done')
    all.result.transaction('devices', 'readwrite').objectStore('devices').clear()
    await pass(300_000)
    expect(await code((shown) => shown.source === 'issued')).toBeDefined()
    get.mockRestore()
  })
})

describe('enrolment', () => {
  test('survives the page being unloaded while the SMS is read', async () => {
    const { model } = open()
    model.showPay()
    await until(() => model.enrolment.value.kind === 'offered')
    await model.startEnrolment()
    expect(model.enrolment.value).toMatchObject({ kind: 'sent', phoneTail: '8000' })
    expect(bff.requests.at(-1)?.body).toMatchObject({
      publicKey: expect.stringMatching(/^[\w-]{87}$/),
      label: 'iPhone · 微信',
    })
    const again = open()
    again.model.showPay()
    await until(() => again.model.enrolment.value.kind === 'sent')
    await again.model.confirmEnrolment({ smsCode: bff.smsCode })
    expect(await again.code((shown) => shown.source === 'device')).toBeDefined()
  })

  test('says what is wrong with an SMS code and takes the next', async () => {
    const { model } = open()
    model.showPay()
    await until(() => model.enrolment.value.kind === 'offered')
    await model.startEnrolment()
    await model.confirmEnrolment({ smsCode: '000000' })
    expect(model.enrolment.value).toMatchObject({
      kind: 'sent',
      problem: { code: 'SMS_CODE_WRONG' },
    })
    await model.confirmEnrolment({ smsCode: bff.smsCode })
    expect(model.enrolment.value).toEqual({ kind: 'done' })
  })

  test.each(['PHONE_MISSING', 'SMS_UNAVAILABLE', 'SMS_TOO_SOON'] as const)(
    'that the core refuses with %s fails with that reason, and can be left',
    async (refusal) => {
      bff.on('POST /enrolments', () => bff.refuse(refusal))
      const { model } = open()
      model.showPay()
      await until(() => model.enrolment.value.kind === 'offered')
      await model.startEnrolment()
      expect(model.enrolment.value).toMatchObject({ kind: 'failed', problem: { code: refusal } })
      model.dismissEnrolment()
      await until(() => model.enrolment.value.kind === 'offered')
    },
  )

  test('keeps the first SMS good when a second comes too soon', async () => {
    const { model } = open()
    model.showPay()
    await until(() => model.enrolment.value.kind === 'offered')
    await model.startEnrolment()
    bff.on('POST /enrolments', () => bff.refuse('SMS_TOO_SOON'))
    await model.startEnrolment()
    expect(model.enrolment.value).toMatchObject({ kind: 'sent', problem: { code: 'SMS_TOO_SOON' } })
    await model.confirmEnrolment({ smsCode: bff.smsCode })
    expect(model.enrolment.value).toEqual({ kind: 'done' })
  })

  test('is not begun where the storage cannot keep a key', async () => {
    const { model } = open()
    model.showPay()
    await until(() => model.enrolment.value.kind === 'offered')
    const { IDBObjectStore } = await import('fake-indexeddb')
    const put = vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(() => {
      throw new DOMException('no', 'DataCloneError')
    })
    await model.startEnrolment()
    put.mockRestore()
    expect(model.enrolment.value).toEqual({ kind: 'none', canEnrol: false })
    expect(bff.count('POST /enrolments')).toBe(0)
  })
})

describe('signing out', () => {
  test('wipes the key, ends the device at the core, and shows no more codes', async () => {
    const { engine, model } = await openEnrolled()
    const deviceId = bff.device?.deviceId
    const done = engine.signOut()
    expect(model.pay.value).toMatchObject({ kind: 'blocked', problem: { code: 'SESSION_MISSING' } })
    await done
    expect(bff.count(`DELETE /devices/${deviceId}`)).toBe(1)
    expect(model.session.value).toEqual({ kind: 'signed_out' })
    expect(model.card.value).toEqual({ loading: false })
    const asked = bff.requests.length
    await pass(120_000)
    expect(bff.requests.length).toBe(asked)
    const again = open()
    again.model.showPay()
    expect(await again.code()).toMatchObject({ source: 'issued' })
  })

  test('wipes the key without a network, too', async () => {
    const { engine } = await openEnrolled()
    bff.online = false
    await engine.signOut()
    bff.online = true
    const again = open()
    again.model.showPay()
    expect(await again.code()).toMatchObject({ source: 'issued' })
  })
})
