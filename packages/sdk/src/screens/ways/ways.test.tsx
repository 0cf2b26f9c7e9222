// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createCell } from '../../cell.ts'
import { accounts, makeModel, NOON, problem } from '../../gallery/fixtures.ts'
import {
  askedDraft,
  collection,
  collectionDraft,
  entryOf,
  type GivenWays,
  order,
  orderDraft,
  orderEntry,
  room,
  showered,
  showering,
  toppedUp,
  utilityDraft,
  water,
  wechat,
} from '../../gallery/ways-fixtures.ts'
import type { Model, SessionState } from '../../model.ts'
import type { ScreenName, ViewOptions } from '../options.ts'
import { mountApp } from '../testing.tsx'

let app: Awaited<ReturnType<typeof mountApp>> | undefined
let getUserMedia: ReturnType<typeof vi.fn>

beforeEach(() => {
  getUserMedia = vi.fn(async () => {
    throw new DOMException('', 'NotAllowedError')
  })
  vi.stubGlobal('navigator', {
    userAgent: 'Mozilla/5.0 (Linux; Android 13) MicroMessenger/8.0',
    maxTouchPoints: 5,
    mediaDevices: { getUserMedia },
  })
})
afterEach(() => {
  app?.unmount()
  app = undefined
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const value = <T,>(given: T) => ({ value: given, at: NOON, loading: false })
const refused = (code: Parameters<typeof problem>[0]) =>
  ({ kind: 'refused', problem: problem(code) }) as const

async function open(
  screen: ScreenName,
  ways: GivenWays = {},
  { options = {}, change = {} }: { options?: ViewOptions; change?: Partial<Model> } = {},
) {
  const model: Model = { ...makeModel({ ways }), ...change }
  app = await mountApp({
    model,
    options: { screens: ['card', 'pay', 'wallet'], screen, ...options },
  })
  const { value: of } = model.ways
  if (!of) throw new Error('no ways')
  return { ...app, model, ways: of }
}
async function openScan(ways: GivenWays = {}, more: Parameters<typeof open>[2] = {}) {
  const opened = await open('pay', ways, more)
  await opened.press('扫一扫')
  return opened
}
async function openService(label: string | RegExp, ways: GivenWays = {}) {
  const opened = await open('wallet', ways)
  await opened.press('生活服务')
  await opened.press(label)
  return opened
}
const openCashier = (ways: GivenWays = {}, change: Partial<Model> = {}) =>
  open('cashier' as ScreenName, ways, { options: { screens: ['cashier' as ScreenName] }, change })
/** What a session says that it may do. */
const sessionFor = (scopes: unknown) => createCell<SessionState>({ kind: 'open', scopes })

describe('scanning (R24, R25)', () => {
  it('says how the camera is allowed on this system, beside the two other ways', async () => {
    const { text } = await openScan()
    expect(text()).toContain('还不能用相机')
    expect(text()).toContain('设置 → 应用 → 微信 → 权限 → 相机')
    expect(text()).toContain('从相册选')
    expect(text()).toContain('输入编号')
  })

  it('asks for the camera again when told to', async () => {
    const { press } = await openScan()
    await press('再试一次')
    expect(getUserMedia).toHaveBeenCalledTimes(2)
  })

  it('is opened by the host’s scanner where there is one, and no camera is asked for', async () => {
    const call = vi.fn(async () => 'https://example.com/x')
    const host = { caps: async () => new Set(['scan'] as const), call }
    const { text } = await openScan({}, { options: { host } })
    await expect.poll(() => text()).toContain('这是一个网址')
    expect(call).toHaveBeenCalledWith('scan', null, expect.any(AbortSignal))
    expect(getUserMedia).not.toHaveBeenCalled()
  })

  it('goes on with the camera where the host has no scanner, or it fails', async () => {
    const host = { caps: async () => new Set<'scan'>(), call: vi.fn() }
    const { text } = await openScan({}, { options: { host } })
    await expect.poll(() => text()).toContain('还不能用相机')
    expect(host.call).not.toHaveBeenCalled()
  })

  it('comes back without a word when the person closed the host’s scanner', async () => {
    const host = { caps: async () => new Set(['scan'] as const), call: async () => null }
    const { find } = await openScan({}, { options: { host } })
    await expect.poll(() => find('h1')?.textContent).toBe('付款码')
  })

  it('a collection code leads to the merchant, as the core names it', async () => {
    const link = `https://pay.yungu.edu.cn/c/1?s=1001&m=a&t=b&k=1&g=${'A'.repeat(86)}`
    const host = { caps: async () => new Set(['scan'] as const), call: async () => link }
    const { text, ways, find } = await openScan({}, { options: { host } })
    const resolve = vi.spyOn(ways, 'resolve')
    await expect.poll(() => text()).toContain('第一食堂')
    expect(resolve.mock.calls.length).toBeLessThan(2)
    expect(find('h1')?.textContent).toBe('付给商户')
  })

  describe('where the session may not pay collection codes', () => {
    const narrow = ['card', 'pay', 'bill', 'wallet', 'access']

    it('says where they are paid, before anybody aims a camera (R24)', async () => {
      const call = vi.fn(async () => 'https://example.com/x')
      const host = { caps: async () => new Set(['scan'] as const), call }
      const opened = await openScan({}, { change: { session: sessionFor(narrow) } })
      expect(opened.text()).toContain('这里付不了商户的收款码')
      expect(opened.text()).toContain('请打开学校 App 扫这张码')
      await opened.press('出示付款码')
      expect(opened.find('h1')?.textContent).toBe('付款码')
      opened.unmount()
      const change = { session: sessionFor(narrow) }
      expect((await openScan({}, { options: { host }, change })).text()).toContain('这里付不了')
      expect(getUserMedia).not.toHaveBeenCalled()
      expect(call).not.toHaveBeenCalled()
    })

    it('follows what the next session says', async () => {
      const session = sessionFor(narrow)
      const { text } = await openScan({}, { change: { session } })
      session.value = { kind: 'open', scopes: [...narrow, 'collection'] }
      await expect.poll(text).toContain('还不能用相机')
      session.value = { kind: 'open', scopes: narrow }
      await expect.poll(text).toContain('这里付不了商户的收款码')
    })

    it.each([
      ['nothing', undefined],
      ['what it is not', 'collection'],
    ])(
      'offers the scanner where the host passes on %s, and says it after the scan',
      async (_, scopes) => {
        const link = `https://pay.yungu.edu.cn/c/1?s=1001&m=a&t=b&k=1&g=${'A'.repeat(86)}`
        const host = { caps: async () => new Set(['scan'] as const), call: vi.fn(async () => link) }
        const { text, find } = await openScan(
          { resolved: refused('COLLECTION_NOT_HERE') },
          { options: { host }, change: { session: sessionFor(scopes) } },
        )
        await expect.poll(text).toContain('这里付不了商户的收款码')
        expect(host.call).toHaveBeenCalledTimes(1)
        expect(find('.finder')).toBeNull()
      },
    )

    it('shows a payment that was begun before', async () => {
      const scanned = { kind: 'known', draft: collectionDraft, value: entryOf({}), busy: false }
      const change = { session: sessionFor(narrow) }
      const { text } = await openScan({ scanned: scanned as never }, { change })
      expect(text()).toContain('请给店员看这一页')
    })
  })

  it('has no door while there is no network', async () => {
    const { find } = await open(
      'pay',
      {},
      { change: { online: makeModel({ online: false }).online } },
    )
    expect(find('.bar')?.textContent).not.toContain('扫一扫')
    expect(find('.bar')?.textContent).toContain('账单')
  })
})

describe('typing the number (R25)', () => {
  async function type(digits: string, ways: GivenWays = {}) {
    const opened = await openScan(ways)
    await opened.press('输入编号')
    const field = opened.find('.field-input') as HTMLInputElement
    await opened.change(() => {
      field.value = digits
      field.dispatchEvent(new Event('input', { bubbles: true }))
    })
    await opened.press('下一步')
    return { ...opened, field }
  }

  it('finds a slip of one digit by itself', async () => {
    const { text, field } = await type('4071923865')
    expect(text()).toContain('编号好像有一位不对')
    expect(field.value).toBe('40719 23865')
  })

  it('wants ten digits', async () => {
    expect((await type('4071')).text()).toContain('编号是十位数字')
  })

  it('leads to the merchant', async () => {
    const { text } = await type(collection.collectionNo)
    expect(text()).toContain('第一食堂')
  })

  it('says it when the core knows no such code', async () => {
    const { text } = await type(collection.collectionNo, {
      resolved: refused('COLLECTION_UNKNOWN'),
    })
    expect(text()).toContain('这不是本校的收款码')
  })

  it('pays the price of the person’s class, from the account chosen for this once', async () => {
    const opened = await type(collection.collectionNo)
    const { press, text, ways, model } = opened
    const begin = vi.spyOn(ways.scanned, 'begin')
    const choose = vi.spyOn(model, 'chooseAccount')
    await press(/^1$/)
    await press(/^5$/)
    expect(text()).toContain('学生优惠，实付 ¥13.50')
    await press('一卡通')
    await press(/^付款$/)
    expect(begin).toHaveBeenCalledWith(
      expect.objectContaining({ amountFen: 1_500, account: 'one_card', merchantName: '第一食堂' }),
    )
    expect(choose).not.toHaveBeenCalled()
  })

  it('does not let go beyond what is left today', async () => {
    const { press, text, find } = await type(collection.collectionNo)
    for (const key of ['9', '0', '0']) await press(new RegExp(`^${key}$`))
    expect(text()).toContain('今天只能再付 ¥485.00')
    expect((find('.key-go') as HTMLButtonElement).disabled).toBe(true)
  })
})

describe('what becomes of it', () => {
  const known = (changes: Parameters<typeof entryOf>[0]) =>
    ({ kind: 'known', draft: collectionDraft, value: entryOf(changes), busy: false }) as const

  it('the page for the staff lives: clock, mark, and the number’s end', async () => {
    const { text, find, change } = await openScan({ scanned: known({}) })
    expect(text()).toContain('第一食堂')
    expect(text()).toContain('¥13.50')
    expect(text()).toContain('71e9c4')
    const seen = () => [
      find('.proof-clock')?.textContent,
      find('.proof-dial .lit')?.getAttribute('transform'),
    ]
    const first = seen()
    await change(() => new Promise((go) => setTimeout(go, 1_100)) as never)
    await vi.waitFor(() => {
      const [clock, mark] = seen()
      expect(clock).not.toBe(first[0])
      expect(mark).not.toBe(first[1])
    }, 15_000)
  })

  it('lives for one purchase: after ten minutes it is a receipt, and the staff’s list counts (R24)', async () => {
    const at = new Date(Date.parse(entryOf({}).at) - 600_000).toISOString()
    const { find, text } = await openScan({ scanned: known({ at }) })
    for (const living of ['.proof-clock', '.proof-dial', '.proof-band']) {
      expect(find(living)).toBeNull()
    }
    expect(text()).toContain('请店员查收款列表')
    expect(text()).toContain('71e9c4')
  })

  it('is left by one button, to the payment code', async () => {
    const { press, find, ways } = await openScan({ scanned: known({}) })
    await press('完成')
    expect(ways.scanned.state.value).toBeUndefined()
    expect(find('h1')?.textContent).toBe('付款码')
  })

  it('waits for the password with both ways on', async () => {
    const { press, ways } = await openScan({ scanned: known({ status: 'AWAITING_PASSWORD' }) })
    const enter = vi.spyOn(ways.scanned, 'enterPassword')
    const decline = vi.spyOn(ways.scanned, 'decline')
    await press('输入支付密码')
    await press('不付了')
    expect([enter.mock.calls.length, decline.mock.calls.length]).toEqual([1, 1])
  })

  it('is honest when no answer came', async () => {
    const { text, press, ways } = await openScan({
      scanned: {
        kind: 'unsure',
        draft: collectionDraft,
        problem: problem('NETWORK_LOST'),
        asking: false,
      },
    })
    const retry = vi.spyOn(ways.scanned, 'retry')
    expect(text()).toContain('没有收到回复')
    expect(text()).toContain('不会重复扣钱')
    await press('再试一次')
    expect(retry).toHaveBeenCalled()
  })

  it('says why not, and that nothing was charged', async () => {
    const { text } = await openScan({
      scanned: known({
        status: 'REFUSED',
        refusal: { code: 'INSUFFICIENT_FUNDS', message: { 'zh-CN': 'x', en: 'x' } },
      }),
    })
    expect(text()).toContain('余额不够')
    expect(text()).toContain('这次没有扣钱')
  })

  it.each([
    ['at once', { kind: 'refused', draft: collectionDraft, problem: problem('OVER_STATIC_LIMIT') }],
    [
      'later',
      known({
        status: 'REFUSED',
        refusal: { code: 'OVER_STATIC_LIMIT', message: { 'zh-CN': 'x', en: 'x' } },
      }),
    ],
  ] as const)(
    'refused %s: no amount that looks like a paid one, and first what mends it',
    async (_, scanned) => {
      const { find, root } = await openScan({ scanned })
      expect(find('.outcome')?.textContent).toBe('超过今天的扫码付款额度这次没有扣钱')
      expect(
        [...root.querySelectorAll('.slip .button')].map(({ textContent }) => textContent),
      ).toEqual(['出示付款码', '再扫一次'])
      expect(find('.support code')?.textContent).toContain('OVER_STATIC_LIMIT')
    },
  )
})

describe('back from the keypad at top level', () => {
  it('goes on where the payment was begun', async () => {
    const finished = {
      action: { kind: 'pay', paymentId: 'p1' },
      done: { kind: 'done', value: {} },
    } as const
    const model = makeModel({
      wallet: { finished, paying: 'collection' },
      ways: { scanned: { kind: 'known', draft: collectionDraft, value: entryOf({}), busy: false } },
    })
    app = await mountApp({ model, options: { screens: ['pay', 'wallet'], screen: 'wallet' } })
    expect(app.text()).toContain('请给店员看这一页')
    expect(model.wallet.value?.finished.value).toBeUndefined()
  })

  it('binds the WeChat that the person has signed in with, back on the page (R27)', async () => {
    const token = 'T'.repeat(43)
    const model = makeModel({ wallet: { fromWechat: token } })
    const { value: ways } = model.ways
    if (!ways) throw new Error('the part is not there')
    const confirm = vi.spyOn(ways, 'confirmWechat').mockResolvedValue('taken')
    app = await mountApp({ model, options: { screens: ['pay', 'wallet'], screen: 'wallet' } })
    expect(confirm).toHaveBeenCalledExactlyOnceWith(token)
    expect(app.text()).toContain('这个微信已经认证了另一张校园卡')
  })

  it.each([
    ['again', true, '请再试一次'],
    ['stuck', true, '请从学校公众号重新打开校园卡'],
    ['cancelled', false, '什么都没有变'],
  ])(
    'that came to “%s” is begun anew by the person alone, and says what to do (R27)',
    async (came, isAgain, said) => {
      const model = makeModel({ wallet: { fromWechat: came } })
      const { value: ways } = model.ways
      if (!ways) throw new Error('the part is not there')
      const bind = vi.spyOn(ways, 'bindWechat')
      app = await mountApp({ model, options: { screens: ['pay', 'wallet'], screen: 'wallet' } })
      expect(app.text()).toContain(said)
      expect(bind).not.toHaveBeenCalled()
      await app.press('去微信认证')
      expect(bind).toHaveBeenCalledExactlyOnceWith(isAgain)
    },
  )

  it.each([
    ['a mini-program', 'MicroMessenger/8.0.68 miniProgram'],
    ['a school’s app', 'Mozilla/5.0 (Linux; Android 14; V2244A; wv) Chrome/142.0.0.0'],
    ['a browser', 'Mozilla/5.0 (Linux; Android 14) Chrome/142.0.0.0'],
  ])('leads nobody out of %s, and says where it goes on (R27)', async (_, userAgent) => {
    const agent = vi.spyOn(navigator, 'userAgent', 'get').mockReturnValue(userAgent)
    const model = makeModel({ wallet: { fromWechat: '' } })
    app = await mountApp({ model, options: { screens: ['pay', 'wallet'], screen: 'wallet' } })
    expect(app.text()).toContain('这里完成不了微信认证')
    expect(app.text()).not.toContain('去微信认证')
    agent.mockRestore()
  })

  it('goes on where WeChat was left for, and says what came of it (R27)', async () => {
    const model = makeModel({ wallet: { fromWechat: 'taken' } })
    app = await mountApp({ model, options: { screens: ['pay', 'wallet'], screen: 'wallet' } })
    expect(app.text()).toContain('这个微信已经认证了另一张校园卡')
    expect(app.spoken()).toContain('这个微信已经认证了另一张校园卡')
  })
})

describe('the cashier, for what came from outside the widget', () => {
  const link = `https://pay.school.edu/c/1?s=1001&m=a&t=b&k=1&g=${'A'.repeat(86)}`

  it('a merchant’s code leads to its amount, and out again (R24)', async () => {
    const { text, press, ways } = await openCashier({ subject: { collection: link } })
    const leave = vi.spyOn(ways, 'leaveCashier')
    expect(text()).toContain('第一食堂')
    await press('返回')
    expect(leave).toHaveBeenCalled()
  })

  it('the staff’s page ends with the cashier', async () => {
    const scanned = { kind: 'known', draft: collectionDraft, value: entryOf({}), busy: false }
    const { press, ways } = await openCashier({
      subject: { collection: link },
      scanned: scanned as never,
    })
    const leave = vi.spyOn(ways, 'leaveCashier')
    await press('完成')
    expect(leave).toHaveBeenCalled()
  })

  it('a code that is no merchant’s is told apart, and nobody is asked', async () => {
    const { text, ways } = await openCashier({
      subject: { collection: '711001120143221573602495' },
    })
    expect(text()).toContain('这是付款码')
    expect(ways.scanned.state.value).toBeUndefined()
  })

  it('a code that the core does not know is said, and asked again', async () => {
    const { text, press, ways } = await openCashier({
      subject: { collection: link },
      resolved: { kind: 'refused', problem: problem('COLLECTION_UNKNOWN') },
    })
    expect(text()).toContain('这不是本校的收款码')
    const resolve = vi.spyOn(ways, 'resolve')
    await press('再试一次')
    expect(resolve).toHaveBeenCalledWith({ link })
  })

  it('a merchant’s code is told where it is paid, and nobody is asked (R24)', async () => {
    const session = sessionFor(['pay'])
    const opened = await openCashier({ subject: { collection: link } }, { session })
    const resolve = vi.spyOn(opened.ways, 'resolve')
    // Another session that may not, either.
    session.value = { kind: 'open', scopes: ['pay'] }
    const leave = vi.spyOn(opened.ways, 'leaveCashier')
    expect(opened.text()).toContain('这里付不了商户的收款码')
    await opened.press('关闭收银台')
    expect(leave).toHaveBeenCalled()
    expect(resolve).not.toHaveBeenCalled()
  })

  it('a merchant’s code that the server does not take here is not asked again (R24)', async () => {
    const { text } = await openCashier({
      subject: { collection: link },
      resolved: refused('COLLECTION_NOT_HERE'),
    })
    expect(text()).toContain('这里付不了商户的收款码')
    expect(text()).not.toContain('再试一次')
  })

  it('another code keeps its own words where none is paid', async () => {
    const subject = { collection: '711001120143221573602495' }
    const { text } = await openCashier({ subject }, { session: sessionFor(['pay']) })
    expect(text()).toContain('这是付款码')
  })

  it('a payment that is nobody’s says so, in words for a till', async () => {
    const { text } = await openCashier({
      subject: { payment: askedDraft.paymentId },
      asked: { kind: 'refused', draft: askedDraft, problem: problem('ORDER_NOT_FOUND') },
    })
    expect(text()).toContain('没有找到这笔付款')
    expect(text()).not.toContain('下单')
  })

  it.each([
    ['AWAITING_PASSWORD', '输入支付密码'],
    ['PAID', '已支付'],
    ['PROCESSING', '正在向银行确认'],
    ['REFUSED', '关闭收银台'],
  ] as const)('a payment whose till waits, %s: %s (R23)', async (status, words) => {
    const { text } = await openCashier({
      subject: { payment: askedDraft.paymentId },
      asked: { kind: 'known', draft: askedDraft, value: entryOf({ status }), busy: false },
    })
    expect(text()).toContain(words)
  })
})

describe('the cashier (R38)', () => {
  it('shows what, whom, how much and until when, and pays once', async () => {
    const { text, press, ways, find } = await openCashier()
    const begin = vi.spyOn(ways.ordered, 'begin')
    for (const word of ['校园订餐', '午餐预订', '¥28.00', '学生优惠', '请在 14:3']) {
      expect(text()).toContain(word)
    }
    expect(find('.tab')).toBeNull()
    await press('支付 ¥25.20')
    const { orderId, amountFen } = order
    expect(begin).toHaveBeenCalledWith({ orderId, account: 'wallet', amountFen })
  })

  it('starts with the account that is open', async () => {
    const model = makeModel({
      accounts: value({
        ...accounts,
        accounts: accounts.accounts.map((each) =>
          each.account === 'wallet' ? { ...each, status: 'not_open' as const } : each,
        ),
      }),
    })
    const { find } = await open(
      'cashier' as ScreenName,
      {},
      {
        options: { screens: ['cashier' as ScreenName] },
        change: { accounts: model.accounts },
      },
    )
    expect(find('.account[aria-pressed=true]')?.textContent).toContain('一卡通')
  })

  it.each([
    ['CLOSED', '订单已关闭'],
    ['PAID', '订单已经付过了'],
    ['PAYING', '这笔订单正在支付'],
  ] as const)('an order that is %s cannot be paid here', async (status, words) => {
    const { text } = await openCashier({ order: value({ ...order, status }) })
    expect(text()).toContain(words)
    expect(text()).not.toContain('支付 ¥')
  })

  it('is left by its cross and by Escape, but not while the keypad has that key', async () => {
    const { press, ways, change, model } = await openCashier()
    const leave = vi.spyOn(ways, 'leaveCashier')
    await press('关闭收银台')
    const pressEscape = () => {
      document.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }))
    }
    await change(pressEscape)
    expect(leave).toHaveBeenCalledTimes(2)
    const keypad = model.wallet.value?.keypad as { value: unknown }
    await change(() => {
      keypad.value = { approvalId: 'a', url: 'https://k.test', ticket: 't', step: 'blocked' }
    })
    await change(pressEscape)
    expect(leave).toHaveBeenCalledTimes(2)
  })

  it('paid: what, from where, and out', async () => {
    const { text } = await openCashier({
      ordered: { kind: 'known', draft: orderDraft, value: orderEntry(), busy: false },
    })
    expect(text()).toContain('已支付')
    expect(text()).toContain('线上订单')
  })

  it('refused: why, and the choice again', async () => {
    const { text } = await openCashier({
      ordered: { kind: 'refused', draft: orderDraft, problem: problem('INSUFFICIENT_FUNDS') },
    })
    expect(text()).toContain('余额不够')
    expect(text()).toContain('支付 ¥25.20')
  })

  it('refused after the password: why, once, and the choice again', async () => {
    const { text, root } = await openCashier({
      ordered: {
        kind: 'known',
        draft: orderDraft,
        value: orderEntry({
          status: 'REFUSED',
          refusal: { code: 'INSUFFICIENT_FUNDS', message: { 'zh-CN': 'x', en: 'x' } },
        }),
        busy: false,
      },
    })
    expect(text()).toContain('余额不够')
    expect(text()).toContain('支付 ¥25.20')
    const status = root.querySelector('[role=status]')
    const said = vi.fn()
    new MutationObserver(said).observe(status as Node, {
      childList: true,
      subtree: true,
      characterData: true,
    })
    await new Promise((go) => setTimeout(go, 200))
    expect(said).not.toHaveBeenCalled()
  })
})

describe('the shower (R26)', () => {
  it('shows the bath number, what it needs, and that the card is never charged', async () => {
    const { text } = await openService('洗浴')
    for (const word of ['3071 8264', '至少要有 ¥15.00', '从不扣银行卡']) {
      expect(text()).toContain(word)
    }
  })

  it('has the water password set first', async () => {
    const { press, ways, text } = await openService('洗浴', {
      water: value({ ...water, password: 'not_set', bathNo: null }),
    })
    const set = vi.spyOn(ways, 'setWaterPassword')
    expect(text()).not.toContain('3071')
    await press('设置用水密码')
    expect(set).toHaveBeenCalled()
  })

  it('water that runs: litres, what it comes to, and a stop that is asked twice', async () => {
    const { press, ways, text } = await openService('洗浴', { water: value(showering) })
    const end = vi.spyOn(ways, 'endWater')
    for (const word of ['23.4', '¥1.17', '已押 ¥15.00']) expect(text()).toContain(word)
    await press('停水并结算')
    expect(end).not.toHaveBeenCalled()
    await press('停水并结算')
    expect(end).toHaveBeenCalled()
  })

  it('ended: what it cost, and what came back', async () => {
    const { text } = await openService('洗浴', { water: value(showered) })
    expect(text()).toContain('¥2.06')
    expect(text()).toContain('没用完的 ¥12.94 已退回钱包')
  })

  it('says from when it is once it could not be asked again', async () => {
    const { text } = await openService(/^洗浴/, {
      water: { ...value(showering), problem: problem('NETWORK_LOST') },
    })
    expect(text()).toContain('没连上，先显示 12:04 的数据')
    expect(text()).toContain('¥1.17')
  })
})

describe('services (R40)', () => {
  it('are only those the campus has', async () => {
    const { text, press } = await open('wallet', {
      water: value({ ...water, offered: false }),
      utilities: value([]),
    })
    await press('生活服务')
    expect(text()).not.toContain('洗浴号')
    expect(text()).not.toContain('水电缴费')
    expect(text()).toContain('微信认证')
  })

  it('utilities: a room that was topped up before is one tap away, then how much', async () => {
    const { press, text, ways } = await openService('水电缴费')
    const find = vi.spyOn(ways, 'findAccount')
    const begin = vi.spyOn(ways.toppedUp, 'begin')
    await press('宿舍电费')
    await press('3 号楼 412')
    expect(find).toHaveBeenCalledWith(expect.any(String), '3-0412')
    expect(text()).toContain('余额 -¥3.20')
    await press('¥50')
    await press(/^缴费$/)
    expect(begin).toHaveBeenCalledWith(
      expect.objectContaining({ accountNo: room.accountNo, amountFen: 5_000 }),
    )
  })

  it('utilities: more than the wallet has is the bank card’s, where there is one (R13)', async () => {
    const toAmount = async () => {
      const opened = await openService('水电缴费')
      await opened.press('宿舍电费')
      await opened.press('3 号楼 412')
      await opened.press('¥200')
      return opened
    }
    expect((await toAmount()).text()).toContain('不够时整笔从银行卡付')
    app?.unmount()
    const { accounts: cell } = makeModel({ accounts: value({ ...accounts, fallbackCard: null }) })
    const alone = await open('wallet', {}, { change: { accounts: cell } })
    for (const label of ['生活服务', '水电缴费', '宿舍电费', '3 号楼 412', '¥200']) {
      await alone.press(label)
    }
    expect(alone.text()).toContain('钱包只有 ¥128.40')
    expect((alone.find('.key-go') as HTMLButtonElement).disabled).toBe(true)
  })

  it.each([
    ['PROCESSING', '已付款，等缴费系统确认'],
    ['CONFIRMED', '缴费成功'],
    ['REFUNDED', '没有缴成，钱已退回'],
  ] as const)('a top-up that is %s says so', async (status, words) => {
    const { text } = await openService('水电缴费', {
      toppedUp: { kind: 'known', draft: utilityDraft, value: toppedUp({ status }), busy: false },
    })
    expect(text()).toContain(words)
  })

  it('a top-up that waits for the password shows what is charged, not what the room gets (R4)', async () => {
    const entry = entryOf({
      ...{ means: 'utility', status: 'AWAITING_PASSWORD', listFen: 5_000, amountFen: 4_500 },
    })
    const value = toppedUp({ status: 'AWAITING_PASSWORD', entry, receipt: null })
    const { text } = await openService('水电缴费', {
      toppedUp: { kind: 'known', draft: utilityDraft, value, busy: false },
    })
    expect(text()).toContain('45.00')
    expect(text()).not.toContain('50.00')
  })

  it('WeChat: bound once the wallet is open, and unbound when asked twice (R27)', async () => {
    const { press, ways, text } = await openService('微信认证', {
      wechat: value({ ...wechat, bound: true, boundAt: new Date(NOON).toISOString() }),
    })
    const unbind = vi.spyOn(ways, 'unbindWechat')
    await press('解除认证')
    expect(text()).toContain('之后校园收银台不再收你的微信付款码')
    await press('解除认证')
    expect(unbind).toHaveBeenCalled()
  })

  it('WeChat: not without a wallet', async () => {
    const { text } = await openService('微信认证', { wechat: value({ ...wechat, ready: false }) })
    expect(text()).toContain('先开通电子钱包')
    expect(text()).not.toContain('去微信认证')
  })

  it('speak English', async () => {
    const opened = await open('wallet', {}, { options: { locale: 'en' } })
    await opened.press('Services')
    await opened.press('Shower')
    expect(opened.text()).toContain('Your bath number')
  })
})
