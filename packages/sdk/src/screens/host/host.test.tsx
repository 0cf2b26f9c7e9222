// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { makeModel, NOON, problem } from '../../gallery/fixtures.ts'
import { type GivenHost, type StillHost, services } from '../../gallery/host-fixtures.ts'
import type { HostCap } from '../../host/host-bridge.ts'
import type { ShownProblem } from '../../model.ts'
import type { ScreenName, ViewOptions } from '../options.ts'
import { screenNames } from '../options.ts'
import { mountApp } from '../testing.tsx'

const everything: HostCap[] = [
  'brightness',
  'keepAwake',
  'captureGuard',
  'onCapture',
  'shake',
  'close',
]
let mounted: Awaited<ReturnType<typeof mountApp>>[]

beforeEach(() => {
  mounted = []
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
})
afterEach(() => {
  for (const app of mounted) app.unmount()
  vi.useRealTimers()
})

async function open(
  screen: ScreenName,
  host: GivenHost = {},
  more: Partial<Parameters<typeof makeModel>[0]> = {},
  options: ViewOptions = {},
) {
  const access = { code: { kind: 'loading' }, identity: { kind: 'loading' } } as const
  const model = makeModel({ access, ...more, host })
  const app = await mountApp({ model, options: { screens: screenNames, screen, ...options } })
  mounted.push(app)
  const still = model.host.value as StillHost
  return {
    ...app,
    model,
    host: still,
    asked: (method: string) =>
      still.asked.filter((each) => each.method === method).map(({ params }) => params),
    tell: (...said: Parameters<StillHost['tell']>) => app.change(() => still.tell(...said)),
    pass: (ms: number) => app.change(() => void vi.advanceTimersByTime(ms)),
    title: () => app.find('h1')?.textContent,
  }
}
const value = <T,>(given: T) => ({ value: given, at: NOON, loading: false })
/** The cells of a still model can be set. */
const set = <T,>(cell: { readonly value: T }, next: T) => {
  ;(cell as { value: T }).value = next
}

describe('while a code is shown (R19)', () => {
  it('the screen is bright, stays on, and is guarded; leaving it gives all of that back', async () => {
    const { host, unmount } = await open('pay', { caps: everything })
    expect(host.asked).toEqual([
      { method: 'brightness', params: { level: 1 } },
      { method: 'keepAwake', params: { on: true } },
      { method: 'captureGuard', params: { on: true } },
    ])
    unmount()
    expect(host.asked.slice(3)).toEqual([
      { method: 'brightness', params: { level: null } },
      { method: 'keepAwake', params: { on: false } },
      { method: 'captureGuard', params: { on: false } },
    ])
  })

  it('a code that gives way to the next does not darken it', async () => {
    const { model, asked, change, pass } = await open('pay', { caps: everything })
    const code = model.pay.value
    await change(() => set(model.pay, { kind: 'loading' }))
    await pass(1_000)
    await change(() => set(model.pay, code))
    await pass(5_000)
    expect(asked('brightness')).toEqual([{ level: 1 }])
    await change(() => set(model.pay, { kind: 'loading' }))
    await pass(1_600)
    expect(asked('brightness')).toEqual([{ level: 1 }, { level: null }])
    expect(asked('keepAwake').at(-1)).toEqual({ on: false })
    expect(asked('captureGuard').at(-1)).toEqual({ on: false })
  })

  it('a hidden page gives it back at once', async () => {
    const { model, asked, change } = await open('pay', { caps: everything })
    await change(() => set(model.pay, { kind: 'hidden' }))
    expect(asked('brightness').at(-1)).toEqual({ level: null })
  })

  it('a host is never asked for what it cannot do, nor without a code', async () => {
    const less = await open('pay', { caps: ['keepAwake'] })
    expect(less.host.asked).toEqual([{ method: 'keepAwake', params: { on: true } }])
    const other = await open('card', { caps: everything }, { pay: { kind: 'loading' } })
    expect(other.host.asked).toEqual([])
  })

  it('a host that refuses is let be', async () => {
    const answer = () => {
      throw new Error('no')
    }
    const { text } = await open('pay', { caps: everything, answer })
    expect(text()).toContain('付款码')
  })

  it('where it can only be turned up by hand that is said once, and can be put away', async () => {
    const { root, press, host } = await open('pay', { hint: true })
    const hint = () => root.querySelector('[part=hint]')?.textContent
    expect(hint()).toContain('亮度手动调高')
    await press('知道了')
    expect([hint(), host.hint.value]).toEqual([undefined, false])
  })

  it('is not said over the offer to enrol, nor where no code is', async () => {
    const offered = await open('pay', { hint: true }, { enrolment: { kind: 'offered' } })
    const other = await open('card', { hint: true }, { pay: { kind: 'loading' } })
    for (const { root } of [offered, other]) expect(root.querySelector('[part=hint]')).toBe(null)
  })
})

describe('a screenshot', () => {
  it('replaces the payment code at once, and says so calmly', async () => {
    const { model, tell, root, spoken, pass } = await open('pay', { caps: everything })
    const refresh = vi.spyOn(model, 'refreshCode').mockImplementation(() => {})
    await tell('capture')
    expect(refresh).toHaveBeenCalledTimes(1)
    expect(root.querySelector('.host-said')?.textContent).toContain('付款码已换新')
    expect(spoken()).toContain('付款码已换新')
    await pass(6_000)
    expect(root.querySelector('.host-said')).toBe(null)
  })

  it('of anything else is nobody’s business', async () => {
    const { model, tell, root } = await open(
      'card',
      { caps: everything },
      { pay: { kind: 'loading' } },
    )
    const refresh = vi.spyOn(model, 'refreshCode')
    await tell('capture')
    expect([refresh.mock.calls, root.querySelector('.host-said')]).toEqual([[], null])
  })
})

describe('opening the payment code (R20)', () => {
  const elsewhere = { pay: { kind: 'loading' } } as const

  it('by a shortcut of the host, from anywhere', async () => {
    const { tell, title } = await open('card', {}, elsewhere)
    await tell('shortcut', { screen: 'pay' })
    expect(title()).toBe('付款码')
    await tell('shortcut', { screen: 'wallet' })
    expect(title()).toBe('钱包')
    await tell('shortcut', { screen: 'settings' })
    await tell('shortcut')
    expect(title()).toBe('钱包')
  })

  it('by a shake, once the person wants that', async () => {
    const { tell, title, host, change } = await open('card', { caps: ['shake'] }, elsewhere)
    await tell('shake')
    expect(title()).toBe('校园卡')
    await change(() => void host.setShakes(true))
    await tell('shake')
    expect(title()).toBe('付款码')
  })

  it('not over the keypad, where somebody is paying already', async () => {
    const { tell, title, model, change } = await open('card', { shakes: true }, elsewhere)
    const wallet = model.wallet.value
    if (!wallet) throw new Error('no wallet')
    await change(() =>
      set(wallet.keypad, {
        kind: 'opening',
        approvalId: 'a',
      } as never),
    )
    await tell('shake')
    await tell('shortcut', { screen: 'pay' })
    expect(title()).toBe('校园卡')
  })

  it('a page mounted alone goes to its code all the same, and comes back', async () => {
    const { tell, title, press } = await open('card', {}, elsewhere, { screens: ['card'] })
    await tell('shortcut', { screen: 'wallet' })
    expect(title()).toBe('校园卡')
    await tell('shortcut', { screen: 'pay' })
    expect(title()).toBe('付款码')
    await press('返回')
    expect(title()).toBe('校园卡')
  })

  it('the switch is there only where a phone can be shaken, and says when it may not be', async () => {
    const none = await open('wallet')
    expect(none.text()).not.toContain('摇一摇')
    const { find, press, host, text, spoken } = await open('wallet', { caps: ['shake'] })
    const state = () => find('[role="switch"]')?.getAttribute('aria-checked')
    expect(state()).toBe('false')
    await press('摇一摇')
    expect([state(), host.shakes.value]).toEqual(['true', true])
    expect(spoken()).toContain('已打开')
    await press('摇一摇')
    expect(state()).toBe('false')
    expect(text()).not.toContain('没有允许')

    const refused = await open('wallet', { caps: ['shake'], answer: () => false })
    await refused.press('摇一摇')
    expect(refused.text()).toContain('没有允许')
    expect(refused.find('[role="switch"]')?.getAttribute('aria-checked')).toBe('false')
  })
})

describe('the way out', () => {
  const leave = '.bar-back'

  it('is on the first page where an app can close it', async () => {
    const { find, asked, change } = await open('card', { caps: ['close'] })
    await change(() => find(leave)?.click())
    expect(asked('close')).toHaveLength(1)
  })

  it.each<[string, GivenHost]>([
    ['the host cannot', {}],
    ['WeChat has its own', { kind: 'wxoa', caps: ['close'] }],
    ['a mini-program has its own', { kind: 'wxmp', caps: ['close'] }],
  ])('is not there where %s', async (_, host) => {
    const { find } = await open('card', host)
    expect(find(leave)).toBe(null)
  })

  it('by the system’s back is one page at a time, then out', async () => {
    const { tell, title, asked, press } = await open('card', { caps: ['close'] })
    await press('账单')
    expect(title()).toBe('账单')
    await tell('back')
    expect([title(), asked('close')]).toEqual(['校园卡', []])
    await tell('back')
    expect(asked('close')).toHaveLength(1)
  })
})

describe('of two drawings on a page', () => {
  it('what both want of the host is given back by the last', async () => {
    const one = await open('pay', { caps: everything })
    const two = await mountApp({ model: one.model, options: { screens: screenNames } })
    expect(one.asked('brightness')).toEqual([{ level: 1 }])
    two.unmount()
    expect(one.asked('brightness')).toEqual([{ level: 1 }])
    one.unmount()
    expect(one.asked('brightness')).toEqual([{ level: 1 }, { level: null }])
  })

  it('the newer hears the host', async () => {
    const one = await open('card', {}, { pay: { kind: 'loading' } })
    const two = await mountApp({ model: one.model, options: { screens: screenNames } })
    await one.tell('shortcut', { screen: 'wallet' })
    expect([one.title(), two.find('h1')?.textContent]).toEqual(['校园卡', '钱包'])
    two.unmount()
    await one.tell('shortcut', { screen: 'wallet' })
    expect(one.title()).toBe('钱包')
  })
})

describe('the school’s services (R36)', () => {
  const some = value(services.slice(0, 4))

  it('stand below the card, each opened in its own page', async () => {
    const { press, host, text, spoken } = await open('card', { services: some })
    expect(text()).toContain('校园服务')
    await press('图书馆')
    expect(host.opened).toEqual(['library'])
    expect(spoken()).toBe('正在打开图书馆座位预约')
  })

  it('are named in the person’s language', async () => {
    const { text } = await open('card', { services: some }, {}, { locale: 'en' })
    expect(text()).toContain('Library seat reservation')
  })

  it.each([
    ['none', value([])],
    ['not asked for yet', { loading: false }],
  ])('%s: there is nothing', async (_, none) => {
    const { text } = await open('card', { services: none })
    expect(text()).not.toContain('校园服务')
  })

  it('are waited for quietly, and asked for again when they did not come', async () => {
    const waiting = await open('card', { services: { loading: true } })
    expect(waiting.find('.grid')?.getAttribute('aria-busy')).toBe('true')
    const failed = { loading: false, problem: problem('CORE_UNREACHABLE') }
    const { press, host, text } = await open('card', { services: failed })
    const load = vi.spyOn(host, 'loadServices')
    expect(text()).toContain('没加载出来')
    await press('再试一次')
    expect(load).toHaveBeenCalledTimes(1)
  })

  it('cannot be opened without a network, and say so', async () => {
    const { root, text, host } = await open('card', { services: some }, { online: false })
    const all = [...root.querySelectorAll<HTMLButtonElement>('.service')]
    expect([all.length, all.every(({ disabled }) => disabled)]).toEqual([4, true])
    expect(text()).toContain('没网时打不开')
    expect(host.opened).toEqual([])
  })

  it('say why one could not be opened', async () => {
    const refused = { kind: 'refused', problem: problem('SERVICE_UNKNOWN') } as const
    const { press, text } = await open('card', { services: some, openService: refused })
    await press('图书馆')
    expect(text()).toContain('没有这项服务')
  })
})

describe('signing in by WeChat (R6)', () => {
  const wechat = value({ offered: true, bound: false, boundAt: null, ready: true, signsIn: true })

  it('is among the devices, and can be ended there', async () => {
    const { press, text, spoken } = await open('wallet', { wechat })
    await press('我的手机')
    expect(text()).toContain('微信登录')
    await press('停用')
    expect(text()).toContain('要停用吗')
    await press('停用')
    expect(text()).not.toContain('微信登录')
    expect(spoken()).toContain('微信登录已停用')
  })

  it('is not where no WeChat signs anybody in', async () => {
    const { press, text } = await open('wallet')
    await press('我的手机')
    expect(text()).not.toContain('微信登录')
  })
})

describe('without a session', () => {
  const lost = (given: ShownProblem, host: GivenHost = {}) =>
    open('card', host, { session: { kind: 'lost', problem: given } })
  const ended = (signInAgain?: () => void) => ({
    ...problem('SESSION_PROVIDER_FAILED'),
    cause: { code: 'SIGN_IN_ENDED', signInAgain },
  })

  it('an ended sign-in begins anew by one button', async () => {
    const again = vi.fn()
    const { press, text } = await lost(ended(again))
    expect(text()).toContain('登录时间到了')
    await press('重新登录')
    expect(again).toHaveBeenCalledTimes(1)
  })

  it('where it cannot begin anew, the button leads back, if there is a way', async () => {
    const { press, asked } = await lost(ended(), { kind: 'wxmp', caps: ['close'] })
    await press('返回')
    expect(asked('close')).toHaveLength(1)
    const none = await lost(ended())
    expect([none.text().includes('请返回后重新进入'), none.find('.screen .button')]).toEqual([
      true,
      null,
    ])
  })

  it('a page without https leads to one that has it', async () => {
    vi.stubGlobal('isSecureContext', false)
    const { press, host, text } = await lost(problem('ENGINE_UNSUPPORTED'))
    expect(text()).toContain('到安全页面继续')
    await press('打开安全页面')
    expect(host.opened).toEqual(['secure'])
    vi.unstubAllGlobals()
  })

  it('and says when that could not be opened', async () => {
    vi.stubGlobal('isSecureContext', false)
    const openSecurely = { kind: 'refused', problem: problem('SESSION_PROVIDER_FAILED') } as const
    const { press, text } = await lost(problem('ENGINE_UNSUPPORTED'), { openSecurely })
    await press('打开安全页面')
    expect(text()).toContain('没能打开')
    vi.unstubAllGlobals()
  })

  it('an engine that is too old on https is told as before', async () => {
    Object.defineProperty(window, 'isSecureContext', { configurable: true, value: true })
    const { text } = await lost(problem('ENGINE_UNSUPPORTED'))
    expect(text()).toContain('登录断开了')
    Reflect.deleteProperty(window, 'isSecureContext')
  })
})
