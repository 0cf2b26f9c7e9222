// @vitest-environment happy-dom
import type { Card } from '@campus-ecode/protocol/card'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createCell } from '../cell.ts'
import {
  accounts,
  billPage,
  card,
  code,
  makeModel,
  NOON,
  oneCardDown,
  paid,
  problem,
  refused,
} from '../gallery/fixtures.ts'
import type { Loadable, OpenBill, PayState, SessionState } from '../model.ts'
import type { WalletModel } from '../wallet-model.ts'
import { mountApp } from './testing.tsx'

type App = Awaited<ReturnType<typeof mountApp>>
let app: App | undefined
const open = async (given: Parameters<typeof mountApp>[0]) => {
  app = await mountApp(given)
  return app
}

beforeEach(() => {
  // Canvases have no pixels here; the pictures are held to account by src/gallery/check.mjs.
  vi.stubGlobal('devicePixelRatio', 2)
})
afterEach(() => {
  app?.unmount()
  app = undefined
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const pay = { screen: 'pay', screens: ['card', 'pay'] } as const

describe('the code', () => {
  it('keeps its digits from everyone, screen readers too, until asked (R19)', async () => {
    const { root, text, press } = await open({ options: pay })
    expect(root.innerHTML).not.toContain('0112')
    expect(text()).toContain('7110 ••••')
    await press('显示数字')
    expect(text()).toContain('7110 0112 0143 2215 7360 2495')
    expect(text()).toContain('密码')
    await press('隐藏')
    expect(root.innerHTML).not.toContain('0112')
  })

  it('is announced when it has been replaced, and not when first shown (R18)', async () => {
    const { spoken, press } = await open({ options: pay })
    expect(spoken()).toBe('')
    await press('刷新')
    expect(spoken()).toBe('付款码已更新')
    const first = spoken()
    await press('刷新')
    expect(spoken()).not.toBe(first)
    expect(spoken().trim()).toBe('付款码已更新')
  })

  it('is gone from a hidden page', async () => {
    const { root, text } = await open({
      options: pay,
      model: makeModel({ pay: { kind: 'hidden' } }),
    })
    expect(root.querySelector('canvas')).toBeNull()
    expect(text()).not.toContain('7110')
  })

  it('says what is charged first, and that a short wallet is not split (R13)', async () => {
    const { text, press } = await open({ options: pay })
    expect(text()).toContain('先用钱包，不够则整笔从建设银行(尾号 1234)付')
    await press('一卡通')
    expect(text()).toContain('从一卡通余额付')
  })

  it('cannot be switched to an account that is away (R8)', async () => {
    const { root } = await open({
      options: pay,
      model: makeModel({ accounts: { value: oneCardDown, at: NOON, loading: false } }),
    })
    const oneCard = root.querySelectorAll<HTMLButtonElement>('.account')[1]
    expect(oneCard?.textContent).toContain('暂不可用')
    expect(oneCard?.disabled).toBe(true)
  })

  it('says the caps that hold without a network (R21)', async () => {
    const offlineCaps = { singleFen: 10_000, dailyFen: 30_000, dailyCount: 5 }
    const { text } = await open({
      options: pay,
      model: makeModel({ online: false, pay: { ...code, offlineCaps } }),
    })
    expect(text()).toContain('离线额度：每笔 ¥100.00，每天 5 笔共 ¥300.00')
  })

  it('goes on while the session is away, when the phone makes it itself', async () => {
    const session: SessionState = { kind: 'lost', problem: problem('SESSION_PROVIDER_FAILED') }
    const { text } = await open({ options: pay, model: makeModel({ session }) })
    expect(text()).toContain('7110 ••••')
  })

  it('starts and stops with its screen', async () => {
    const stop = vi.fn()
    const model = { ...makeModel({}), showPay: vi.fn(() => stop) }
    const { press } = await open({ options: pay, model })
    expect(model.showPay).toHaveBeenCalledTimes(1)
    await press(/^卡$/)
    expect(stop).toHaveBeenCalledTimes(1)
  })
})

describe('the result of a scan (R22)', () => {
  const result = (entry: typeof paid): PayState => ({ kind: 'result', entry, at: NOON })

  it('shows amount, merchant, list price, rule and channel, and says so aloud', async () => {
    const { text, spoken } = await open({
      options: pay,
      model: makeModel({ pay: result(paid) }),
    })
    for (const part of [
      '¥12.50',
      '第一食堂',
      '¥15.00',
      '学生优惠',
      '−¥2.50',
      '电子钱包余额',
      '8317',
    ]) {
      expect(text()).toContain(part)
    }
    expect(spoken()).toBe('已支付 ¥12.50，付给 第一食堂')
  })

  it.each([
    ['card', '刷卡'],
    ['face', '刷脸'],
    ['code', undefined],
  ] as const)('names what was presented, if it was no code: %s (R29)', async (means, named) => {
    const entry = { ...paid, rule: null, means }
    const { text } = await open({ options: pay, model: makeModel({ pay: result(entry) }) })
    if (named) expect(text()).toContain(`交易方式${named}`)
    else expect(text()).not.toContain('交易方式')
  })

  it('says that the bank card has paid, and which (R13)', async () => {
    const { text } = await open({
      options: pay,
      model: makeModel({ pay: result({ ...paid, channel: 'bank_card', cardTail: '1234' }) }),
    })
    expect(text()).toContain('余额不够，已改从建设银行(尾号 1234)支付')
  })

  it('offers the next code after three seconds, under a clock that goes on', async () => {
    vi.useFakeTimers({ now: 0 })
    const model = { ...makeModel({ pay: result(paid) }), nextCode: vi.fn() }
    const { find, change, press, text } = await open({ options: pay, model })
    const shown = text()
    await change(() => vi.advanceTimersByTime(2_900))
    expect(find('.button')?.className).toContain('unready')
    await change(() => vi.advanceTimersByTime(200))
    expect(find('.button')?.className).not.toContain('unready')
    expect(text()).not.toBe(shown)
    await press('下一个付款码')
    expect(model.nextCode).toHaveBeenCalledTimes(1)
  })

  it('says that nothing was charged, and the one button switches the account', async () => {
    const model = {
      ...makeModel({ pay: result(refused('INSUFFICIENT_FUNDS')) }),
      chooseAccount: vi.fn(),
      nextCode: vi.fn(),
    }
    const { text, spoken, press } = await open({ options: pay, model })
    expect(text()).toContain('余额不够')
    expect(text()).toContain('INSUFFICIENT_FUNDS')
    expect(spoken()).toBe('余额不够 这次没有扣钱')
    await press('改用一卡通 ¥56.20')
    expect(model.chooseAccount).toHaveBeenCalledWith('one_card')
    expect(model.nextCode).toHaveBeenCalled()
  })

  it('leads to the limits when they are in the way, or back to the code (R22)', async () => {
    const model = {
      ...makeModel({ pay: result(refused('OVER_SINGLE_LIMIT', 26_000)) }),
      nextCode: vi.fn(),
    }
    const { text, press } = await open({ options: pay, model })
    await press('回到付款码')
    expect(model.nextCode).toHaveBeenCalledTimes(1)
    await press('调整限额')
    expect(text()).toContain('单笔最多')
  })

  it('never calls an unknown payment failed, and asks not to pay twice (R33)', async () => {
    for (const status of ['PROCESSING', 'UNKNOWN'] as const) {
      const { text, unmount } = await mountApp({
        options: pay,
        model: makeModel({ pay: result({ ...paid, status, channel: null }) }),
      })
      expect(text()).toContain('请勿重复付款')
      expect(text()).not.toContain('失败')
      unmount()
    }
  })

  it('takes the focus over from the code it replaces', async () => {
    const cell = createCell<PayState>(code)
    const { root, find, change } = await open({
      options: pay,
      model: { ...makeModel({}), pay: cell },
    })
    find('.refresh')?.focus()
    await change(() => {
      cell.value = result(paid)
    })
    expect(root.activeElement?.textContent).toBe('已支付')
  })
})

describe('no code', () => {
  it('is explained, with the way out', async () => {
    const { text, press } = await open({
      options: pay,
      model: makeModel({
        card: { value: { ...card, status: 'unclaimed' }, at: NOON, loading: false },
        pay: { kind: 'blocked', account: 'wallet', problem: problem('CARD_NOT_CLAIMED') },
      }),
    })
    expect(text()).toContain('还没领取校园卡')
    await press('去领取')
    expect(text()).toContain('领取电子校园卡')
  })

  it('for want of a session is one sentence and one button', async () => {
    const model = {
      ...makeModel({
        pay: { kind: 'loading' },
        session: { kind: 'lost', problem: problem('SESSION_PROVIDER_FAILED') },
      }),
      renewSession: vi.fn(),
    }
    const { press } = await open({ options: pay, model })
    await press('重新连接')
    expect(model.renewSession).toHaveBeenCalledTimes(1)
  })
})

describe('the card', () => {
  it('is claimed only with consent (R2, R42)', async () => {
    const model = {
      ...makeModel({
        card: { value: { ...card, status: 'unclaimed' }, at: NOON, loading: false },
      }),
      claimCard: vi.fn(async () => {}),
    }
    const { find, change, press } = await open({ model })
    await press(/^领取$/)
    expect(model.claimCard).not.toHaveBeenCalled()
    await change(() => find('.consent input')?.click())
    await press(/^领取$/)
    expect(model.claimCard).toHaveBeenCalledTimes(1)
  })

  it('says why it could not be claimed', async () => {
    const cell = createCell<Loadable<Card>>({
      value: { ...card, status: 'unclaimed' },
      at: NOON,
      loading: false,
    })
    const claimCard = async () => {
      cell.value = { ...cell.value, problem: problem('CORE_UNREACHABLE') }
    }
    const { find, text, spoken, change, press } = await open({
      model: { ...makeModel({}), card: cell, claimCard },
    })
    await change(() => find('.consent input')?.click())
    await press(/^领取$/)
    expect(text()).toContain('CORE_UNREACHABLE b7f2c19e')
    expect(spoken()).toContain('暂时连不上校园卡系统')
  })

  it('shows its number when tapped, and hides it again', async () => {
    const { text, press } = await open({})
    expect(text()).toContain('2023••••417')
    expect(text()).not.toContain('202302110417')
    await press('显示卡号')
    expect(text()).toContain('202302110417')
    await press('隐藏卡号')
    expect(text()).not.toContain('202302110417')
  })

  it('says which account is away, with the other as it was (R8)', async () => {
    const { text } = await open({
      model: makeModel({ accounts: { value: oneCardDown, at: NOON, loading: false } }),
    })
    expect(text()).toContain('暂不可用')
    expect(text()).toContain('¥128.40')
  })

  it('when locked offers no code, and says who unlocks it (R6)', async () => {
    const { root, text, press } = await open({
      model: makeModel({
        card: { value: { ...card, status: 'locked' }, at: NOON, loading: false },
      }),
    })
    expect(text()).toContain('卡务中心解挂')
    expect(text()).toContain(card.school.supportContact)
    expect(root.querySelector('.action')).toBeNull()
    await press(/^解挂$/)
    expect(text()).toContain('输密码解挂')
  })

  it('that cannot be fetched says why, with code and request', async () => {
    const failed = { loading: false, problem: problem('CORE_UNREACHABLE') }
    const model = {
      ...makeModel({ card: failed, accounts: failed }),
      refresh: vi.fn(async () => {}),
    }
    const { text, press } = await open({ model })
    expect(text()).toContain('CORE_UNREACHABLE b7f2c19e')
    await press('再试一次')
    expect(model.refresh).toHaveBeenCalled()
  })
})

describe('the frame', () => {
  it('has tabs for several screens and none for one', async () => {
    const { find, unmount } = await mountApp({ options: { screen: 'pay' } })
    expect(find('.tabs')).toBeNull()
    unmount()
    const several = await open({})
    expect(several.root.querySelectorAll('.tab')).toHaveLength(4)
  })

  it('tells the host which screen has come up, the first included', async () => {
    const onScreen = vi.fn()
    const { press } = await open({ options: { onScreen } })
    await press('付款')
    expect(onScreen.mock.calls).toEqual([['card'], ['pay']])
  })

  it('follows the host to another screen', async () => {
    const { text, update } = await open({ options: { screens: ['card', 'pay'], screen: 'card' } })
    expect(text()).toContain('校园卡')
    await update({ screens: ['card', 'pay'], screen: 'pay' })
    expect(text()).toContain('付款码')
  })

  it('moves the focus to a new screen’s heading, but takes none when it first appears', async () => {
    const { root, press } = await open({ options: pay })
    expect(root.activeElement).toBeNull()
    await press('账单')
    expect(root.activeElement?.textContent).toBe('账单')
    await press('返回')
    expect(root.activeElement?.textContent).toBe('付款码')
  })

  it('has one live region', async () => {
    const { root } = await open({ options: pay })
    expect(root.querySelectorAll('[aria-live], [role=status], [role=alert]')).toHaveLength(1)
  })

  it('speaks English once that has come, and a school’s own words before it', async () => {
    const { text } = await open({
      options: { ...pay, locale: 'en', texts: { payTitle: 'Yungu Pay' } },
    })
    expect(text()).toContain('Yungu Pay')
    expect(text()).toContain('Refresh')
    expect(text()).not.toContain('刷新')
  })

  it('falls back to Chinese when English cannot be fetched', async () => {
    const { text } = await open({
      options: { ...pay, locale: 'en' },
      chunks: { english: () => Promise.reject(new Error('offline')) },
    })
    expect(text()).toContain('刷新')
  })

  it('asks for the second chunk again when it did not come', async () => {
    const { more } = await import('./more.tsx')
    const fetch = vi.fn().mockRejectedValueOnce(new Error('offline')).mockResolvedValue(more)
    const { text, press } = await open({ chunks: { more: fetch } })
    expect(text()).toContain('网络不通')
    await press('再试一次')
    expect(text()).toContain(card.maskedName)
  })

  it('draws the bars without the QR part, and asks for it again with the next code', async () => {
    const { drawQr } = await import('../qr.ts')
    const fetch = vi.fn().mockRejectedValueOnce(new Error('offline')).mockResolvedValue(drawQr)
    const cell = createCell<PayState>(code)
    const { change, root } = await open({
      options: pay,
      model: { ...makeModel({}), pay: cell },
      chunks: { qr: fetch },
    })
    const drawn = () => root.querySelectorAll('canvas').length
    expect(drawn()).toBe(1)
    await change(() => {
      cell.value = { ...code, digits: '711001187384651688819778', serial: 2 }
    })
    expect(fetch).toHaveBeenCalledTimes(2)
    expect(drawn()).toBe(2)
  })

  it('does not ask for the second chunk before a code is drawn', async () => {
    const { more } = await import('./more.tsx')
    const fetch = vi.fn(async () => more)
    const cell = createCell<PayState>({ kind: 'loading' })
    const { change } = await open({
      options: pay,
      model: { ...makeModel({}), pay: cell },
      chunks: { more: fetch },
    })
    expect(fetch).not.toHaveBeenCalled()
    await change(() => {
      cell.value = code
    })
    expect(fetch).toHaveBeenCalledTimes(1)
  })
})

describe('offline payment for this phone', () => {
  /** Its part has not been fetched. */
  const noWalletYet = createCell<WalletModel | undefined>(undefined)

  it('promises no text message to who has a payment password (R16)', async () => {
    const { text, press, find } = await open({
      options: pay,
      model: makeModel({ enrolment: { kind: 'offered' } }),
    })
    await press('开通离线付款')
    expect(find('.enrol .button')?.textContent).toBe('开通')
    expect(text()).not.toContain('短信')
  })

  it('is offered, approved by six digits that send themselves, and confirmed', async () => {
    const model = { ...makeModel({ enrolment: { kind: 'offered' } }), wallet: noWalletYet }
    const confirm = vi.spyOn(model, 'confirmEnrolment')
    const { text, find, press, change } = await open({ options: pay, model })
    await press('开通离线付款')
    await press('发短信验证码')
    expect(text()).toContain('尾号 5678')
    const field = find('input') as HTMLInputElement
    await change(() => {
      field.value = '12 3456 7'
      field.dispatchEvent(new Event('input', { bubbles: true }))
    })
    expect(confirm).toHaveBeenCalledWith({ smsCode: '123456' })
    expect(text()).toContain('已开通离线付款')
  })

  it('says when a code was wrong, beside the field and aloud', async () => {
    const model = makeModel({
      enrolment: {
        kind: 'sent',
        phoneTail: '5678',
        resendAt: NOON,
        problem: problem('SMS_CODE_WRONG'),
      },
    })
    const { find, text, spoken, unmount } = await openEnrolment(model)
    expect(text()).toContain('验证码不对，请核对短信')
    expect(spoken()).toBe('验证码不对，请核对短信')
    expect(find('input')?.getAttribute('aria-invalid')).toBe('true')
    unmount()
  })

  async function openEnrolment(model: ReturnType<typeof makeModel>) {
    const shown = createCell<(typeof model)['enrolment']['value']>({ kind: 'offered' })
    const opened = await mountApp({ options: pay, model: { ...model, enrolment: shown } })
    await opened.press('开通离线付款')
    await opened.change(() => {
      shown.value = model.enrolment.value
    })
    return opened
  }
})

describe('the bill (R17)', () => {
  it('opens a month, its totals and its days', async () => {
    const { text, press } = await open({ options: pay })
    await press('账单')
    for (const part of ['2026年11月', '¥386.20', '今天', '昨天', '−¥12.50', '+¥18.00', '未付成']) {
      expect(text()).toContain(part)
    }
  })

  it('steps to the month before, and not beyond the present one', async () => {
    const model = makeModel({})
    const openBill = vi.spyOn(model, 'openBill')
    const { root, press } = await open({ options: pay, model })
    await press('账单')
    const next = root.querySelector<HTMLButtonElement>('[aria-label=下个月]')
    expect(next?.disabled).toBe(true)
    await press('上个月')
    expect(openBill).toHaveBeenLastCalledWith({ month: '2026-10' })
  })

  it('keeps to the month that was asked for while it is fetched, and when it cannot be', async () => {
    const bill = createCell<Loadable<OpenBill>>({ value: billPage(), at: NOON, loading: false })
    const openBill = vi.fn()
    const { text, press, change } = await open({
      options: pay,
      model: { ...makeModel({}), bill, openBill },
    })
    await press('账单')
    await press('上个月')
    await change(() => {
      bill.value = { loading: true }
    })
    expect(text()).toContain('2026年10月')
    await change(() => {
      bill.value = { loading: false, problem: problem('CORE_UNREACHABLE') }
    })
    expect(text()).toContain('2026年10月')
    await press('再试一次')
    expect(openBill.mock.calls).toEqual([[{ month: '2026-10' }], [{ month: '2026-10' }]])
  })

  it('opens an entry with list price, rule, channel, terminal, time and order number', async () => {
    const { text, press } = await open({ options: pay })
    await press('账单')
    await press('第一食堂')
    for (const part of [
      '¥15.00',
      '学生优惠',
      '3 号窗口',
      '2026-11-22 12:04',
      paid.orderNo ?? '-',
    ]) {
      expect(text()).toContain(part)
    }
  })

  it('says of a shower how much water was charged for (R17, R26)', async () => {
    const shower = { ...paid, means: 'water' as const, rule: null, litresMl: 12_980 }
    const bill = createCell<Loadable<OpenBill>>({
      ...{ at: NOON, loading: false, value: { ...billPage(), entries: [shower] } },
    })
    const { text, press } = await open({ options: pay, model: { ...makeModel({}), bill } })
    await press('账单')
    await press('第一食堂')
    expect(text()).toContain('用水12.9 升')
  })

  it('narrows to a kind, a channel and what is searched for, and the sums follow', async () => {
    const model = makeModel({})
    const openBill = vi.spyOn(model, 'openBill')
    const { text, press, find, change } = await open({ options: pay, model })
    await press('账单')
    await press(/^退款$/)
    expect(openBill).toHaveBeenLastCalledWith({ month: '2026-11', kind: 'refund' })
    expect(text()).toContain('¥18.00')
    expect(text()).not.toContain('第二食堂')
    await press(/^全部$/)
    await press('搜索和筛选')
    await press(/^银行卡$/)
    expect(openBill).toHaveBeenLastCalledWith({ month: '2026-11', channel: 'bank_card' })
    vi.useFakeTimers()
    const field = find('.search-field') as HTMLInputElement
    for (const typed of ['书', '书店']) {
      await change(() => {
        field.value = typed
        field.dispatchEvent(new Event('input', { bubbles: true }))
      })
    }
    const asked = openBill.mock.calls.length
    await change(() => void vi.advanceTimersByTime(400))
    vi.useRealTimers()
    expect(openBill).toHaveBeenCalledTimes(asked + 1)
    expect(openBill).toHaveBeenLastCalledWith({
      month: '2026-11',
      channel: 'bank_card',
      search: '书店',
    })
    expect(text()).toContain('校园书店')
    await press('搜索和筛选')
    expect(openBill).toHaveBeenLastCalledWith({ month: '2026-11' })
  })

  it('says that nothing fits, and shows all again', async () => {
    const model = makeModel({
      bill: {
        value: { ...billPage(), entries: [], next: null, filter: { kind: 'withdrawal' } },
        at: NOON,
        loading: false,
      },
    })
    const openBill = vi.spyOn(model, 'openBill')
    const { text, press } = await open({ options: pay, model })
    await press('账单')
    expect(text()).toContain('没有符合的账单')
    await press('看全部')
    expect(openBill).toHaveBeenLastCalledWith({ month: '2026-11' })
    expect(text()).toContain('第一食堂')
  })

  it('does not draw a day again when a later page comes', async () => {
    const first = billPage()
    const bill = createCell<Loadable<OpenBill>>({ value: first, at: NOON, loading: false })
    const { press, root, change } = await open({
      options: pay,
      model: { ...makeModel({}), bill },
    })
    await press('账单')
    const reads = vi.fn()
    const watched = first.entries.map(
      (entry) =>
        new Proxy(entry, {
          get(target, name) {
            if (name === 'amountFen') reads()
            return Reflect.get(target, name)
          },
        }),
    )
    await change(() => {
      bill.value = { value: { ...first, entries: watched }, at: NOON, loading: false }
    })
    const drawn = reads.mock.calls.length
    expect(drawn).toBeGreaterThan(0)
    const old = { ...paid, entryId: 'old', at: '2026-11-02T04:00:00.000Z' }
    await change(() => {
      bill.value = { value: { ...first, entries: [...watched, old] }, at: NOON, loading: false }
    })
    expect(root.querySelectorAll('.bill-row')).toHaveLength(first.entries.length + 1)
    expect(reads).toHaveBeenCalledTimes(drawn)
  })

  it('leads from an entry to help, with its number to copy and whom to ask (R17, R37)', async () => {
    const { text, press } = await open({ options: pay })
    const writeText = vi.fn(async () => {})
    vi.stubGlobal('navigator', { clipboard: { writeText } })
    await press('账单')
    await press('第一食堂')
    await press('有疑问？')
    expect(text()).toContain(paid.orderNo ?? '-')
    expect(text()).toContain(card.school.supportContact)
    await press('复制')
    expect(writeText).toHaveBeenCalledWith(paid.orderNo)
    expect(text()).toContain('已复制')
  })

  it('fetches more by itself when the end comes near', async () => {
    const seen: ((entries: { isIntersecting: boolean }[]) => void)[] = []
    vi.stubGlobal(
      'IntersectionObserver',
      class {
        constructor(callback: (entries: { isIntersecting: boolean }[]) => void) {
          seen.push(callback)
        }
        observe() {}
        disconnect() {}
      },
    )
    const model = { ...makeModel({}), moreBill: vi.fn() }
    const { press } = await open({ options: pay, model })
    await press('账单')
    seen[seen.length - 1]?.([{ isIntersecting: false }])
    expect(model.moreBill).not.toHaveBeenCalled()
    seen[seen.length - 1]?.([{ isIntersecting: true }])
    expect(model.moreBill).toHaveBeenCalledTimes(1)
  })

  it('fetches more when asked', async () => {
    const model = { ...makeModel({}), moreBill: vi.fn() }
    const { press } = await open({ options: pay, model })
    await press('账单')
    await press('更早的账单')
    expect(model.moreBill).toHaveBeenCalledTimes(1)
  })
})

it('shows both balances with their own age (R7)', async () => {
  const { text } = await open({
    model: makeModel({ accounts: { value: accounts, at: NOON, loading: false } }),
  })
  expect(text()).toMatch(/¥128\.40刚刚更新.*¥56\.20\d 分钟前更新/)
})
