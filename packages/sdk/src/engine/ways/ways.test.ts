import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createFakeBff, type FakeBff } from '../testing/fake-bff.ts'
import { openPage, pass, settle, until, usePhone } from '../testing/phone.ts'

let bff: FakeBff
let pages: ReturnType<typeof openPage>[]
const assign = vi.fn()
const left = vi.fn()
/** What the page says of itself where it leads. */
let policy: object

beforeEach(() => {
  bff = createFakeBff()
  pages = []
  usePhone(bff)
  assign.mockReset()
  left.mockReset()
  vi.stubGlobal('location', { ...location, assign })
  policy = {}
  const head = { appendChild: (made: object) => Object.assign(policy, made) }
  vi.stubGlobal('document', { head, createElement: () => ({}) })
})
afterEach(() => {
  for (const page of pages) page.close()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

async function open() {
  const page = openPage(bff)
  pages.push(page)
  const ways = await page.ways()
  await settle()
  const wallet = page.model.wallet.value
  if (!wallet) throw new Error('no wallet')
  return { ...page, ways, wallet }
}
type Opened = Awaited<ReturnType<typeof open>>

/** The person types the right password, or closes the keypad. */
async function decide({ wallet }: Pick<Opened, 'wallet'>, event: 'approved' | 'cancelled') {
  await until(() => wallet.keypad.value)
  const { approvalId = '' } = wallet.keypad.value ?? {}
  if (event === 'approved') bff.wallet.decide(approvalId, 'approved')
  wallet.hearKeypad({ type: 'ecode-keypad', approvalId, event })
}

const bodies = (route: string) =>
  bff.requests.filter((request) => request.route === route).map(({ body }) => body)
const merchant = { collectionNo: '4071923864', merchantName: '第一食堂', terminalName: '3 号窗口' }
const lunch = { ...merchant, amountFen: 1_500, account: 'wallet' } as const
const bill = { orderId: 'order-1', amountFen: 2_520 } as const
const lost = () => Promise.reject(new TypeError('Failed to fetch'))

describe('paying a merchant’s collection code (R24)', () => {
  test('sends the text alone to the core, and tells whom it pays', async () => {
    const { ways } = await open()
    const link = 'https://pay.school.test/c/1?s=1001&m=a&t=b&k=c&g=d'
    expect(await ways.resolve({ link })).toMatchObject({
      kind: 'done',
      value: { merchantName: '第一食堂' },
    })
    expect(bodies('POST /collections/resolve')).toEqual([{ link }])
    expect(await ways.resolve({ number: '0000000000' })).toMatchObject({
      problem: { code: 'COLLECTION_UNKNOWN' },
    })
  })

  test('waits for the password, then is paid; the host and the bill hear of it', async () => {
    const page = await open()
    const { ways, outcomes } = page
    const paying = ways.scanned.begin(lunch)
    await decide(page, 'approved')
    await paying
    expect(ways.scanned.state.value).toMatchObject({
      kind: 'known',
      busy: false,
      value: { status: 'PAID' },
    })
    expect(bodies('POST /collections/payments')).toEqual([
      {
        paymentNo: expect.stringMatching(/^[0-9a-f-]{36}$/),
        collection: { number: '4071923864' },
        amountFen: 1_500,
        account: 'wallet',
      },
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['PAID'])
  })

  test('keeps its number before the first send, and sends it again while no answer comes', async () => {
    const page = await open()
    let fails = 2
    bff.on('POST /collections/payments', ({ body }) => {
      expect(sessionStorage.getItem(keyOf())).toContain((body as { paymentNo: string }).paymentNo)
      return fails-- > 0
        ? lost()
        : (bff.ways.begin((body as { paymentNo: string }).paymentNo, {}, bff) as object)
    })
    void page.ways.scanned.begin(lunch)
    await pass(6_000)
    expect(page.ways.scanned.state.value?.kind).toBe('known')
    const numbers = bodies('POST /collections/payments').map(
      (body) => (body as { paymentNo: string }).paymentNo,
    )
    expect(new Set(numbers).size).toBe(1)
    expect(numbers).toHaveLength(3)
  })

  test('is honest when no answer comes at all, and tries again with the same number', async () => {
    const page = await open()
    bff.on('POST /collections/payments', lost)
    void page.ways.scanned.begin(lunch)
    await pass(10_000)
    expect(page.ways.scanned.state.value).toMatchObject({
      kind: 'unsure',
      problem: { code: 'NETWORK_LOST' },
    })
    // Nothing else may be begun, nor put away, while this is not known.
    await page.ways.scanned.begin(lunch)
    page.ways.scanned.forget()
    expect(page.ways.scanned.state.value?.kind).toBe('unsure')
    bff.on('POST /collections/payments', undefined)
    const again = page.ways.scanned.retry()
    await decide(page, 'approved')
    await again
    expect(page.ways.scanned.state.value).toMatchObject({ value: { status: 'PAID' } })
    expect(bff.ways.entries.size).toBe(1)
  })

  test('taken up again after a reload: the core is asked, the password once more', async () => {
    const first = await open()
    void first.ways.scanned.begin(lunch)
    await until(() => first.wallet.keypad.value)
    first.close()
    const second = await open()
    await until(() => second.ways.scanned.state.value?.kind === 'known')
    expect(second.ways.scanned.state.value).toMatchObject({
      draft: { amountFen: 1_500 },
      value: { status: 'AWAITING_PASSWORD' },
    })
    expect(bff.ways.entries.size).toBe(1)
    const paying = second.ways.scanned.enterPassword()
    await decide(second, 'approved')
    await paying
    expect(second.ways.scanned.state.value).toMatchObject({ value: { status: 'PAID' } })
    second.ways.scanned.forget()
    second.close()
    expect((await open()).ways.scanned.state.value).toBeUndefined()
  })

  test('closed keypad: it still waits, and may be declined', async () => {
    const page = await open()
    const paying = page.ways.scanned.begin(lunch)
    await decide(page, 'cancelled')
    await paying
    expect(page.ways.scanned.state.value).toMatchObject({
      busy: false,
      value: { status: 'AWAITING_PASSWORD' },
    })
    await page.ways.scanned.decline()
    expect(page.ways.scanned.state.value).toBeUndefined()
    expect([...bff.ways.entries.values()].map(({ status }) => status)).toEqual(['REFUSED'])
  })

  test('refused by the core: nothing is kept, and the reason is there', async () => {
    const { ways } = await open()
    bff.on('POST /collections/payments', () => bff.refuse('OVER_STATIC_LIMIT'))
    await ways.scanned.begin(lunch)
    expect(ways.scanned.state.value).toMatchObject({
      kind: 'refused',
      problem: { code: 'OVER_STATIC_LIMIT' },
    })
    expect(sessionStorage.getItem(keyOf()) ?? '{}').not.toContain('collection')
  })

  test('two taps are one payment', async () => {
    const page = await open()
    const both = Promise.all([page.ways.scanned.begin(lunch), page.ways.scanned.begin(lunch)])
    await decide(page, 'approved')
    await both
    expect(bff.ways.entries.size).toBe(1)
  })

  test('the bank is slow: asked until it has answered, and an event is as good', async () => {
    const page = await open()
    bff.ways.ends = 'PROCESSING'
    const stop = page.ways.scanned.show()
    const paying = page.ways.scanned.begin(lunch)
    await decide(page, 'approved')
    await paying
    expect(page.ways.scanned.state.value).toMatchObject({ value: { status: 'PROCESSING' } })
    const [orderNo = ''] = bff.ways.entries.keys()
    bff.ways.change(orderNo, { status: 'PAID', channel: 'bank_card' })
    await pass(4_000)
    expect(page.ways.scanned.state.value).toMatchObject({ value: { channel: 'bank_card' } })
    stop()
  })
})

describe('the cashier, for a payment whose till waits (R23)', () => {
  const side = () => ({ now: Date.now, refuse: bff.refuse, wallet: bff.wallet })
  /** A till has scanned. */
  const scan = () => bff.ways.begin('lunch-1', { means: 'code' }, side()).paymentId
  const openPayment = (page: Opened, payment: string, returned = false) =>
    page.ways.openCashier({ payment }, left, returned)

  test('asks for the password at once, and is paid', async () => {
    const page = await open()
    const outcome = openPayment(page, scan())
    await decide(page, 'approved')
    await until(() => page.outcomes.length)
    expect(page.outcomes).toMatchObject([{ status: 'PAID', orderNo: 'lunch-1' }])
    await page.ways.leaveCashier()
    expect(await outcome).toEqual({ status: 'paid', paymentId: 'payment-of-way-1' })
  })

  test('left before the password: the till waits on, and it can be opened again', async () => {
    const page = await open()
    const payment = scan()
    const first = openPayment(page, payment)
    await decide(page, 'cancelled')
    await page.ways.leaveCashier()
    expect(await first).toEqual({ status: 'pending', paymentId: payment })
    const second = openPayment(page, payment)
    await decide(page, 'approved')
    await until(() => page.outcomes.length)
    await page.ways.leaveCashier()
    expect(await second).toMatchObject({ status: 'paid' })
  })

  test('that waits no more asks for nothing: closed', async () => {
    const page = await open()
    const payment = scan()
    bff.ways.change('lunch-1', { status: 'REFUSED' })
    const outcome = openPayment(page, payment)
    await until(() => page.ways.asked.state.value?.kind === 'known')
    await page.ways.leaveCashier()
    expect(await outcome).toEqual({ status: 'closed', paymentId: null })
    expect(bff.count('POST /approvals')).toBe(0)
  })

  test('that is nobody’s asks for nothing either', async () => {
    const page = await open()
    const outcome = openPayment(page, 'payment-of-nobody')
    await until(() => page.ways.asked.state.value?.kind === 'refused')
    await page.ways.leaveCashier()
    expect(await outcome).toEqual({ status: 'cancelled', paymentId: null })
  })

  test('back from the keypad’s own page it only looks: the wallet does what was approved', async () => {
    const page = await open()
    void openPayment(page, scan(), true)
    await until(() => page.ways.asked.state.value?.kind === 'known')
    await settle()
    expect(bff.count('POST /approvals')).toBe(0)
  })
})

describe('the cashier, for a merchant’s code (R24)', () => {
  const openCollection = (page: Opened) =>
    page.ways.openCashier({ collection: 'https://pay.school.test/c/1?s=1001' }, left)

  test('tells what came of it, though the person has put it away', async () => {
    const page = await open()
    const outcome = openCollection(page)
    const paying = page.ways.scanned.begin(lunch)
    await decide(page, 'approved')
    await paying
    page.ways.scanned.forget()
    await page.ways.leaveCashier()
    expect(await outcome).toEqual({ status: 'paid', paymentId: 'payment-of-way-1' })
  })

  test('left while the password is waited for: declined', async () => {
    const page = await open()
    const outcome = openCollection(page)
    const paying = page.ways.scanned.begin(lunch)
    await decide(page, 'cancelled')
    await paying
    await page.ways.leaveCashier()
    expect(await outcome).toEqual({ status: 'cancelled', paymentId: null })
    expect(bff.requests.some(({ route }) => route.endsWith('/decline'))).toBe(true)
  })

  test('left before anything was begun: cancelled', async () => {
    const page = await open()
    const outcome = openCollection(page)
    await page.ways.leaveCashier()
    expect(await outcome).toEqual({ status: 'cancelled', paymentId: null })
  })
})

describe('the cashier (R38)', () => {
  async function openOrder(page: Opened, orderId = 'order-1') {
    const outcome = page.ways.openCashier({ order: orderId }, left)
    const settled = outcome.catch((problem) => problem)
    const stop = page.ways.showOrder()
    await until(() => page.ways.order.value.value || page.ways.order.value.problem)
    return { settled, stop }
  }

  test('paid with the password where one is wanted', async () => {
    const page = await open()
    const { settled } = await openOrder(page)
    const paying = page.ways.ordered.begin({ ...bill, account: 'one_card' })
    await decide(page, 'approved')
    await paying
    await page.ways.leaveCashier()
    expect(await settled).toEqual({ status: 'paid', paymentId: 'payment-of-way-1' })
    // At the price that the person was shown, and at no other (R4).
    expect(bodies('POST /orders/order-1/payments')).toEqual([
      { paymentNo: expect.any(String), account: 'one_card', amountFen: bill.amountFen },
    ])
  })

  test('paid at once where none is', async () => {
    const page = await open()
    bff.ways.begins = 'PAID'
    const { settled } = await openOrder(page)
    await page.ways.ordered.begin({ ...bill, account: 'wallet' })
    await page.ways.leaveCashier()
    expect(await settled).toMatchObject({ status: 'paid' })
    expect(bff.count('POST /approvals')).toBe(0)
  })

  test('closed before anything: cancelled, and the order stays open', async () => {
    const page = await open()
    const { settled } = await openOrder(page)
    const leaving = page.ways.leaveCashier()
    expect(left).toHaveBeenCalledTimes(1)
    await leaving
    await page.ways.leaveCashier()
    expect(left).toHaveBeenCalledTimes(1)
    expect(await settled).toEqual({ status: 'cancelled', paymentId: null })
  })

  test('drawn before its order is known, it asks for none', async () => {
    const page = await open()
    const stop = page.ways.showOrder()
    await settle()
    expect(bff.requests.filter(({ route }) => route.startsWith('GET /orders/'))).toEqual([])
    void page.ways.openCashier({ order: 'order-1' }, left)
    await until(() => page.ways.order.value.value)
    stop()
  })

  test('closed while the password is waited for: declined, so that it can be paid again', async () => {
    const page = await open()
    const { settled } = await openOrder(page)
    const paying = page.ways.ordered.begin({ ...bill, account: 'wallet' })
    await decide(page, 'cancelled')
    await paying
    await page.ways.leaveCashier()
    expect(await settled).toEqual({ status: 'cancelled', paymentId: null })
    expect(bff.ways.order.status).toBe('OPEN')
  })

  test('left while the bank is asked: pending, never guessed', async () => {
    const page = await open()
    bff.ways.ends = 'UNKNOWN'
    const { settled } = await openOrder(page)
    const paying = page.ways.ordered.begin({ ...bill, account: 'wallet' })
    await decide(page, 'approved')
    await paying
    await page.ways.leaveCashier()
    expect(await settled).toEqual({ status: 'pending', paymentId: 'payment-of-way-1' })
  })

  test('left while no answer comes: pending', async () => {
    const page = await open()
    const { settled } = await openOrder(page)
    bff.on('POST /orders/order-1/payments', lost)
    bff.on('GET /orders/order-1', lost)
    void page.ways.ordered.begin({ ...bill, account: 'wallet' })
    await pass(10_000)
    expect(page.ways.ordered.state.value?.kind).toBe('unsure')
    await page.ways.leaveCashier()
    expect(await settled).toMatchObject({ status: 'pending' })
  })

  test.each(['under way', 'lost'])('left while what was sent is %s: pending', async (how) => {
    const page = await open()
    const { settled } = await openOrder(page)
    bff.on('POST /orders/order-1/payments', how === 'lost' ? lost : () => new Promise(() => {}))
    void page.ways.ordered.begin({ ...bill, account: 'wallet' })
    if (how === 'lost') await pass(10_000)
    expect(page.ways.ordered.state.value?.kind).toBe(how === 'lost' ? 'unsure' : 'sending')
    // The order knows of nothing yet, and will when it arrives.
    await page.ways.leaveCashier()
    expect(await settled).toEqual({ status: 'pending', paymentId: null })
  })

  test('an order’s cashier says nothing of another order’s payment', async () => {
    const page = await open()
    const { stop } = await openOrder(page)
    bff.on('POST /orders/order-1/payments', lost)
    void page.ways.ordered.begin({ ...bill, account: 'wallet' })
    await pass(10_000)
    stop()
    await page.ways.leaveCashier()
    void page.ways.openCashier({ order: 'order-1' }, left)
    expect(page.ways.ordered.state.value?.kind).toBe('unsure')
    await page.ways.leaveCashier()
    bff.ways.order = { ...bff.ways.order, orderId: 'order-2' }
    const outcome = page.ways.openCashier({ order: 'order-2' }, left)
    expect(page.ways.ordered.state.value).toBeUndefined()
    await page.ways.leaveCashier()
    expect(await outcome).toEqual({ status: 'cancelled', paymentId: null })
  })

  test('an order is asked for though the one before was just being asked for', async () => {
    const page = await open()
    const { stop } = await openOrder(page)
    const { order } = bff.ways
    let answer = (_: object) => {}
    bff.on('GET /orders/order-1', () => new Promise<object>((go) => (answer = go)))
    void page.ways.loadOrder()
    await settle()
    stop()
    bff.ways.order = { ...order, orderId: 'order-2' }
    void page.ways.openCashier({ order: 'order-2' }, left)
    page.ways.showOrder()
    answer(order)
    await settle()
    expect(page.ways.order.value.value?.orderId).toBe('order-2')
  })

  test.each(['CLOSED', 'PAID'] as const)(
    'an order that is %s by others is closed',
    async (status) => {
      const page = await open()
      bff.ways.order = { ...bff.ways.order, status }
      const { settled } = await openOrder(page)
      await page.ways.leaveCashier()
      expect(await settled).toEqual({ status: 'closed', paymentId: null })
    },
  )

  test('an order that is not there is the host’s mistake', async () => {
    const page = await open()
    const { settled } = await openOrder(page, 'order-2')
    await page.ways.leaveCashier()
    expect(await settled).toMatchObject({ code: 'ORDER_NOT_FOUND' })
  })

  test('begun on a page that was closed: taken up where it stands', async () => {
    const first = await open()
    await openOrder(first)
    void first.ways.ordered.begin({ ...bill, account: 'wallet' })
    await until(() => first.wallet.keypad.value)
    first.close()
    const page = await open()
    const { settled } = await openOrder(page)
    await until(() => page.ways.ordered.state.value)
    const paying = page.ways.ordered.enterPassword()
    await decide(page, 'approved')
    await paying
    await page.ways.leaveCashier()
    expect(await settled).toMatchObject({ status: 'paid' })
    expect(bff.ways.entries.size).toBe(1)
  })

  test('refused: another try has a number of its own', async () => {
    const page = await open()
    await openOrder(page)
    bff.on('POST /orders/order-1/payments', () => bff.refuse('INSUFFICIENT_FUNDS'))
    await page.ways.ordered.begin({ ...bill, account: 'wallet' })
    expect(page.ways.ordered.state.value).toMatchObject({ problem: { code: 'INSUFFICIENT_FUNDS' } })
    bff.on('POST /orders/order-1/payments', undefined)
    bff.ways.begins = 'PAID'
    await page.ways.ordered.begin({ ...bill, account: 'one_card' })
    expect(page.ways.ordered.state.value).toMatchObject({ value: { status: 'PAID' } })
    const numbers = bodies('POST /orders/order-1/payments').map(
      (body) => (body as { paymentNo: string }).paymentNo,
    )
    expect(new Set(numbers).size).toBe(2)
  })
})

describe('the shower (R26)', () => {
  const running = {
    sessionNo: 's1',
    status: 'RUNNING',
    holdFen: 1_500,
    litresMl: 1_000,
    amountFen: 5,
    endedBy: null,
    startedAt: '2026-09-01T04:00:00.000Z',
    endedAt: null,
    place: '3 号楼浴室 2 号',
  } as const

  test('what runs is followed, often while it runs', async () => {
    const { ways } = await open()
    bff.ways.water = { ...bff.ways.water, session: running }
    const stop = ways.showWater()
    await pass(1_000)
    bff.ways.water = { ...bff.ways.water, session: { ...running, litresMl: 9_000, amountFen: 45 } }
    await pass(5_000)
    expect(ways.water.value.value?.session).toMatchObject({ litresMl: 9_000, amountFen: 45 })
    stop()
    const asked = bff.count('GET /water')
    await pass(10_000)
    expect(bff.count('GET /water')).toBe(asked)
  })

  test('the core’s word is heard at once', async () => {
    const { ways } = await open()
    const stop = ways.showWater()
    await until(() => ways.water.value.value)
    bff.ways.water = { ...bff.ways.water, session: running }
    bff.push({ type: 'wallet', change: 'water' })
    await until(() => ways.water.value.value?.session)
    stop()
  })

  test('is ended from the phone', async () => {
    const { ways } = await open()
    bff.ways.water = { ...bff.ways.water, session: running }
    expect(await ways.endWater()).toMatchObject({ kind: 'done' })
    expect(ways.water.value.value?.session).toMatchObject({ status: 'ENDED', endedBy: 'phone' })
  })

  test('the water password is set on the keypad page, which spends the approval itself', async () => {
    const page = await open()
    bff.ways.water = { ...bff.ways.water, password: 'not_set', bathNo: null }
    await page.ways.loadWater()
    const setting = page.ways.setWaterPassword()
    await until(() => page.wallet.keypad.value)
    bff.ways.water = { ...bff.ways.water, password: 'set', bathNo: '30718264' }
    await decide(page, 'approved')
    expect(await setting).toMatchObject({ kind: 'done' })
    expect(page.ways.water.value.value?.bathNo).toBe('30718264')
    expect(bodies('POST /approvals')).toMatchObject([{ action: { kind: 'set_water_password' } }])
  })
})

describe('utilities (R39)', () => {
  const room = { utilityId: 'u1', accountNo: '3-0412', label: '3 号楼 412', amountFen: 5_000 }

  test('an account is found by its number, or not', async () => {
    const { ways } = await open()
    expect(await ways.findAccount('u1', '3-0412')).toMatchObject({ value: { balanceFen: 100 } })
    expect(await ways.findAccount('u1', 'x')).toMatchObject({
      problem: { code: 'UTILITY_ACCOUNT_UNKNOWN' },
    })
  })

  test('paid, and asked for until the utility has confirmed it', async () => {
    const page = await open()
    const stop = page.ways.toppedUp.show()
    const paying = page.ways.toppedUp.begin(room)
    await decide(page, 'approved')
    await paying
    const state = page.ways.toppedUp.state
    expect(state.value).toMatchObject({ value: { entry: { status: 'PAID' } } })
    const [[id = '', topUp] = []] = bff.ways.topUps
    if (!topUp) throw new Error('no top-up')
    bff.ways.topUps.set(id, { ...topUp, status: 'CONFIRMED', receipt: '6402' })
    await pass(4_000)
    expect(state.value).toMatchObject({ value: { status: 'CONFIRMED', receipt: '6402' } })
    stop()
  })

  test('closed before it was sent: nothing is left of it', async () => {
    const first = await open()
    bff.on('POST /utilities/u1/top-ups', lost)
    void first.ways.toppedUp.begin(room)
    await settle()
    first.close()
    bff.on('POST /utilities/u1/top-ups', undefined)
    const second = await open()
    await settle()
    expect(second.ways.toppedUp.state.value).toBeUndefined()
  })
})

describe('WeChat authentication (R27)', () => {
  test('leaves for WeChat’s page saying from where, and asks again when the person is back', async () => {
    const { ways, visible } = await open()
    const stop = ways.showWechat()
    await until(() => ways.wechat.value.value)
    expect(await ways.bindWechat(false)).toMatchObject({ kind: 'done' })
    expect(policy).toMatchObject({ name: 'referrer', content: 'origin' })
    expect(assign).toHaveBeenCalledWith('https://wechat.test/oauth')
    expect(bodies('POST /wechat/bindings')).toEqual([
      { returnTo: 'https://app.school.test/pay?from=home#top' },
    ])
    // The browser shows this page as it was left.
    visible.value = false
    bff.ways.wechat = { ...bff.ways.wechat, bound: true, boundAt: '2026-09-01T04:01:00.000Z' }
    visible.value = true
    await until(() => ways.wechat.value.value?.bound)
    await ways.unbindWechat()
    expect(ways.wechat.value.value?.bound).toBe(false)
    stop()
  })

  test('confirms the sign-in with what stood in the address', async () => {
    const { ways } = await open()
    const token = 'T'.repeat(43)
    expect(await ways.confirmWechat(token)).toBe('bound')
    expect(bodies('POST /wechat/bindings/confirm')).toEqual([{ token }])
    expect(ways.wechat.value.value?.bound).toBe(true)
  })

  const site = 'https://app.school.test/pay?from=home'
  /** The page is left, and opened anew with this in its address. */
  async function comeBack(hash: string, isAgain = false) {
    const { ways, close } = await open()
    await ways.bindWechat(isAgain)
    close()
    const replaceState = vi.fn()
    vi.stubGlobal('history', { state: 7, replaceState })
    vi.stubGlobal('location', { ...location, hash, href: site + hash })
    const page = openPage(bff)
    pages.push(page)
    expect(page.model.returned).toBe(true)
    const wallet = await page.wallet()
    const came = wallet.backFromWechat()
    expect(wallet.backFromWechat()).toBeUndefined()
    expect(page.model.returned).toBe(false)
    return { came, replaced: replaceState.mock.calls }
  }
  const token = 'T'.repeat(43)

  test.each([
    ['#wechat=', ''],
    ['#/card?wechat=', '#/card'],
    ['#/card?a=1&wechat=', '#/card?a=1'],
  ])(
    'a page that is opened anew with %s goes on there, and in its own place',
    async (hash, own) => {
      expect(await comeBack(hash + token)).toEqual({ came: token, replaced: [[7, '', site + own]] })
    },
  )

  test('what has to be begun again says so once, and the second time that it is stuck', async () => {
    expect((await comeBack('#wechat=again')).came).toBe('again')
    expect((await comeBack('#wechat=again', true)).came).toBe('stuck')
    expect((await comeBack('#wechat=cancelled', true)).came).toBe('cancelled')
  })

  test('a query is nobody’s way back, and an address with nothing tells nothing', async () => {
    vi.stubGlobal('location', { ...location, search: '?wechat=cancelled' })
    expect(await comeBack('#top')).toEqual({ came: '', replaced: [] })
  })
})

/** The person's place in what the page stores. */
function keyOf(): string {
  const kept = (sessionStorage as unknown as { kept: Map<string, string> }).kept
  return [...kept.keys()][0] ?? ''
}
