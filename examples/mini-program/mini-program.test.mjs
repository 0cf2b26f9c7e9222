import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { accounts, openFakeBff, problem } from './testing/fake-bff.mjs'
import { missingCompiler } from './testing/missing-compiler.mjs'
import { openPhone } from './testing/open-phone.mjs'

const missing = missingCompiler()
const PAYMENT = '01990000-0000-7000-8000-000000000002'
const MERCHANT = `https://pay.school.edu/c/1?s=1001&m=a&t=b&k=1&g=${'A'.repeat(86)}`

let bff
let phone
beforeEach(async () => {
  bff = await openFakeBff()
})
afterEach(async () => {
  phone.end()
  await bff.close()
})

async function open(options = {}) {
  phone = await openPhone({
    config: { bffUrl: bff.url, schoolId: '1001' },
    login: async () => 'a-code-of-wx-login',
    haste: 10,
    ...options,
  })
  return phone
}
async function openPay(options) {
  await open(options)
  phone.openPage('pay')
}
const codeShown = (count = 1) =>
  expect.poll(() => phone.picture('qr') && bff.codes.length, { timeout: 10_000 }).toBe(count)
const textShown = (text) => expect.poll(() => phone.text(), { timeout: 10_000 }).toContain(text)
/** R24: the door is there once somebody is signed in who may pay what is scanned. */
const scanOffered = () => textShown('扫一扫')
const told = (title) => expect.poll(() => phone.said.modals).toEqual([title])
const wentTo = (url) => expect.poll(() => phone.said.went).toEqual([url])

describe.skipIf(missing)('the payment-code page', () => {
  it('signs in by WeChat and draws a code of the account that comes first, digits hidden (R7, R19)', async () => {
    bff.accounts = { ...accounts, defaultAccount: 'one_card' }
    await openPay()
    await codeShown()
    expect(bff.codes).toEqual([
      expect.objectContaining({ account: 'one_card', revealed: false, keepEarlier: false }),
    ])
    expect(phone.said.logins).toBe(1)
    expect(phone.text()).toContain('7110 ••••')
    expect(phone.text()).not.toContain(bff.codes[0].code.slice(0, 8))
    expect(phone.texts('.account')).toEqual(['电子钱包¥128.40', '一卡通¥56.20'])
    expect(phone.text()).toContain('从一卡通余额付')
  })

  it('draws in whole device pixels at the ratio of every phone', async () => {
    for (const dpr of [1, 2, 2.75, 3]) {
      // The canvas of the test throws at anything else.
      await openPay({ dpr })
      await expect
        .poll(() => phone.picture('qr')?.width ?? 0)
        .toBe(29 * Math.floor((315 * dpr) / 29 + 1e-6))
      expect(phone.picture('bars')?.width).toBe(187 * Math.floor((351 * dpr) / 187 + 1e-6))
      const [, left = ''] = /left:([\d.]+)px/.exec(phone.attribute('#qr', 'style') ?? '') ?? []
      expect(((12 + Number(left)) * dpr) % 1).toBeCloseTo(0, 6)
      phone.end()
    }
  })

  it('is bright and awake while it shows, hidden from recordings, and gives all of it back', async () => {
    await openPay()
    await codeShown()
    const held = { brightness: 1, keepScreenOn: true, visualEffect: 'hidden' }
    expect(phone.said).toMatchObject(held)
    phone.hide()
    const given = { brightness: 0.4, keepScreenOn: false, visualEffect: 'none' }
    expect(phone.said).toMatchObject(given)
    expect(phone.said.captureListeners.size).toBe(0)
    phone.show()
    expect(phone.said).toMatchObject(held)
    phone.close()
    expect(phone.said).toMatchObject(given)
  })

  it('gives the brightness back to the system on Android', async () => {
    await openPay({ platform: 'android' })
    phone.hide()
    expect(phone.said.brightness).toBe(-1)
  })

  it('ends a code that was photographed, at once', async () => {
    await openPay()
    await codeShown()
    phone.said.capture()
    await codeShown(2)
    expect(bff.codes[1].keepEarlier).toBe(false)
    expect(phone.said.toasts).toEqual(['刚才截了屏，付款码已换新，旧的不能用了'])
  })

  it('shows digits when asked, with a code that says so, and takes them away', async () => {
    await openPay()
    await codeShown()
    phone.tap('.digits')
    await codeShown(2)
    expect(bff.codes[1].revealed).toBe(true)
    await expect.poll(() => phone.texts('.group').join('')).toBe(bff.codes[1].code)
    expect(phone.text()).toContain('数字显示时付款要密码')
    phone.tap('.digits')
    await codeShown(3)
    expect(bff.codes[2].revealed).toBe(false)
  })

  it('has nothing on it once it is hidden, and comes back with what was paid meanwhile (R22)', async () => {
    await openPay()
    await codeShown()
    phone.hide()
    expect(phone.picture('qr')).toBeUndefined()
    expect(phone.texts('.digits')).toEqual([''])
    bff.pay({})
    phone.show()
    await textShown('已支付¥13.50付给 第一食堂')
    expect(bff.codes).toHaveLength(1)
    expect(phone.texts('.line')).toEqual([
      ...['原价¥15.00', '学生价−¥1.50', '实付¥13.50', '付款方式电子钱包余额', '单号尾号0417'],
      expect.stringMatching(/^现在时间\d\d:\d\d:\d\d$/),
    ])
  })

  it('keeps an outcome over a look at another app, and goes on to the next code', async () => {
    await openPay()
    await codeShown()
    bff.pay({})
    await textShown('已支付')
    phone.hide()
    phone.show()
    expect(phone.text()).toContain('已支付')
    phone.tap('.button')
    await codeShown(2)
  })

  it('says in the person’s language why a scan was refused, and what helps', async () => {
    await openPay({ language: 'en' })
    await codeShown()
    const refusal = { code: 'INSUFFICIENT_FUNDS', message: problem('').message }
    bff.pay({ status: 'REFUSED', amountFen: 15_000, refusal })
    await textShown('Not enough money')
    expect(phone.text()).toContain('Nothing was charged')
    phone.tap('.button')
    await wentTo('/pages/web/web?screen=wallet')
  })

  it('does not let the second scan of a code hide what the first one charged', async () => {
    await openPay()
    await codeShown()
    bff.pay({})
    await textShown('已支付')
    const refusal = { code: 'CODE_USED', message: problem('').message }
    bff.pay({ entryId: 'entry-2', paymentId: 'payment-2', status: 'REFUSED', refusal })
    await expect
      .poll(() => phone.said.requests.filter((each) => /after=2/.test(each)).length)
      .toBeGreaterThan(0)
    expect(phone.text()).toContain('已支付')
  })

  it('asks on while the bank is asked, and shows what it said', async () => {
    await openPay()
    await codeShown()
    bff.pay({ status: 'UNKNOWN' })
    await textShown('银行还没回复')
    bff.entries['entry-1'] = { ...bff.entries['entry-1'], status: 'PAID' }
    await textShown('已支付')
  })

  it('leads to the widget where a till waits for the password (R23)', async () => {
    await openPay()
    await codeShown()
    bff.pay({ status: 'AWAITING_PASSWORD', paymentId: PAYMENT })
    await textShown('请输支付密码')
    expect(phone.texts('.button')).toEqual(['输入支付密码'])
    phone.tap('.button')
    await wentTo(`/pages/web/web?payment=${PAYMENT}`)
    phone.follow()
    await expect
      .poll(() => phone.instance.data.src)
      .toBe(`${bff.url}/h5/1001?payment=${PAYMENT}&locale=zh-CN#t=a-ticket`)
    bff.entries['entry-1'] = { ...bff.entries['entry-1'], status: 'PAID' }
    phone.goBack()
    await textShown('已支付')
  })

  it('signs in again, unseen, when its session has ended', async () => {
    await openPay()
    await codeShown()
    bff.token = 'token-2'
    phone.tap('.refresh')
    await codeShown(2)
    expect(phone.said.logins).toBe(2)
  })

  it('gets itself another code of WeChat where the first was spent', async () => {
    const { signIn } = bff
    bff.signIn = () => {
      bff.signIn = signIn
      return problem('WECHAT_CODE_INVALID', { retryable: true })
    }
    await openPay()
    await codeShown()
    expect(phone.said.logins).toBe(2)
  })

  it('leads somebody whom nobody knows yet to the binding, and shows a code on return (R2b)', async () => {
    const { signIn } = bff
    bff.signIn = () => ({
      result: 'unbound',
      bindUrl: 'https://core.example/bind/1',
      expiresAt: '',
    })
    await openPay()
    await textShown('绑定校园卡')
    expect(bff.codes).toEqual([])
    phone.tap('.button')
    await wentTo('/pages/web/web?bind=1')
    phone.hide()
    bff.signIn = signIn
    phone.show()
    await codeShown()
  })

  it('says so when WeChat is silent, and tries again when asked', async () => {
    let code
    await openPay({ login: async () => code })
    await textShown('没连上微信')
    code = 'a-code-of-wx-login'
    phone.tap('.button')
    await codeShown()
  })

  it('says in the server’s sentence what is wrong, with the number for the card office', async () => {
    bff.trouble = { status: 503, value: problem('CORE_UNREACHABLE', { retryable: true }) }
    await openPay()
    await textShown('中文 CORE_UNREACHABLE')
    expect(phone.text()).toContain('CORE_UNREACHABLE request-1')
    bff.trouble = undefined
    phone.said.connect()
    await codeShown()
  })

  it('keeps what stands in the way apart: a locked card, an account that is not open', async () => {
    bff.card = { ...bff.card, status: 'locked' }
    await openPay()
    await textShown('校园卡已挂失')
    expect(bff.codes).toEqual([])
    phone.end()
    bff.card = { ...bff.card, status: 'active' }
    bff.accounts = {
      ...accounts,
      accounts: [
        { ...accounts.accounts[0], status: 'not_open', balanceFen: null },
        accounts.accounts[1],
      ],
    }
    await openPay()
    await textShown('这个账户还没开通')
    phone.tap('.account', 1)
    await codeShown()
    expect(bff.codes[0].account).toBe('one_card')
  })

  it('shows nothing of one person to another who signs in on the same phone', async () => {
    await openPay()
    await codeShown()
    bff.pay({})
    await textShown('已支付')
    bff.token = 'token-2'
    bff.signIn = () => ({ result: 'signed_in', token: bff.token, expiresAt: '', subject: 'else' })
    await codeShown(2)
    expect(phone.text()).not.toContain('已支付')
  })

  it('hands a merchant’s code to the widget, in no address of a page (R24, R25)', async () => {
    await openPay()
    await scanOffered()
    phone.said.scanned = MERCHANT
    phone.tap('.door')
    await wentTo('/pages/web/web?scanned=1')
    phone.follow()
    const src = `${bff.url}/h5/1001?locale=zh-CN#t=a-ticket&c=${encodeURIComponent(MERCHANT)}`
    await expect.poll(() => phone.instance.data.src).toBe(src)
    expect(bff.tickets).toEqual([`${bff.url}/h5/1001?locale=zh-CN`])
    expect(phone.instance.onShareAppMessage()).toMatchObject({ path: '/pages/pay/pay' })
  })

  it('takes a scan once: a link that says there was one opens the widget alone', async () => {
    await openPay()
    await scanOffered()
    phone.said.scanned = MERCHANT
    phone.tap('.door')
    await wentTo('/pages/web/web?scanned=1')
    phone.follow()
    await expect.poll(() => phone.instance.data.src).toContain('&c=')
    phone.openPage('web', { scanned: '1' })
    await expect.poll(() => phone.instance.data.src).toMatch(/#t=a-ticket$/)
  })

  it.each([
    ['somebody’s payment code', '711001120143221573602495'],
    ['another wallet’s code', 'https://qr.alipay.com/fkx1'],
    ['a link that is longer', `${MERCHANT}&x=1`],
  ])('goes nowhere with %s', async (_, text) => {
    await openPay()
    await scanOffered()
    phone.said.scanned = text
    phone.tap('.door')
    await told('没认出这个码')
    expect(phone.said.went).toEqual([])
  })

  it('says nothing when the scanner is closed, and what to do when it does not open', async () => {
    await openPay()
    await scanOffered()
    phone.tap('.door')
    await expect.poll(() => phone.said.scans).toBe(1)
    expect(phone.said.modals).toEqual([])
    phone.said.scanFault = 'auth deny'
    phone.tap('.door')
    await told('没打开扫一扫')
  })

  it('offers no scanning where merchants’ codes are not paid, until the next sign-in says otherwise (R24)', async () => {
    bff.scopes = ['card', 'pay', 'bill', 'wallet', 'access']
    await openPay()
    await codeShown()
    expect(phone.texts('.door')).toEqual(['卡', '通行', '钱包'])
    expect(phone.said.scans).toBe(0)
    bff.scopes = [...bff.scopes, 'collection']
    bff.token = 'token-2'
    phone.tap('.refresh')
    await scanOffered()
    expect(phone.said.logins).toBe(2)
    bff.scopes = ['pay']
    bff.token = 'token-3'
    phone.tap('.refresh')
    await expect.poll(() => phone.texts('.door')).toEqual(['卡', '通行', '钱包'])
  })

  it('offers it with a BFF that does not say, whose widget says it then', async () => {
    bff.scopes = undefined
    await openPay()
    await scanOffered()
  })

  it('is shared as a page, never as what is on it', async () => {
    await openPay()
    expect(phone.instance.onShareAppMessage()).toEqual({
      title: '校园卡付款码',
      path: '/pages/pay/pay',
    })
  })
})

describe.skipIf(missing)('the web-view page', () => {
  const src = () => phone.instance.data.src

  it('opens a screen of the widget with a ticket', async () => {
    await open()
    phone.openPage('web', { screen: 'wallet' })
    await expect.poll(src).toBe(`${bff.url}/h5/1001?screen=wallet&locale=zh-CN#t=a-ticket`)
  })

  it('takes no address and nothing unknown from a link (R36)', async () => {
    await open()
    const order = '01990000-0000-7000-8000-000000000001'
    phone.openPage('web', { screen: 'x', url: 'https://evil.example', order, t: 'x' })
    await expect.poll(src).toContain('#t=')
    expect(bff.tickets).toEqual([`${bff.url}/h5/1001?order=${order}&locale=zh-CN`])
  })

  it('is shared without what was in its address', async () => {
    await open()
    phone.openPage('web', { screen: 'card' })
    await expect.poll(src).toContain('#t=')
    const shared = phone.instance.onShareAppMessage({ webViewUrl: src() })
    expect(shared.path).toBe('/pages/web/web?screen=card')
  })

  it('opens the page where a WeChat is bound, and goes back when it is', async () => {
    const { signIn } = bff
    bff.signIn = () => ({
      result: 'unbound',
      bindUrl: 'https://core.example/bind/1',
      expiresAt: '',
    })
    await open()
    phone.openPage('web', { bind: '1' })
    await expect.poll(src).toBe('https://core.example/bind/1')
    bff.signIn = signIn
    phone.openPage('web', { bind: '1' })
    await wentTo('back')
  })

  it('goes back to be bound when a shared page meets somebody unknown', async () => {
    bff.signIn = () => ({
      result: 'unbound',
      bindUrl: 'https://core.example/bind/1',
      expiresAt: '',
    })
    await open()
    phone.openPage('web', { screen: 'card' })
    await wentTo('back')
  })

  it('says what is wrong, and opens when it is mended', async () => {
    bff.trouble = { status: 503, value: problem('CORE_UNREACHABLE', { retryable: true }) }
    await open()
    phone.openPage('web', { screen: 'card' })
    await textShown('中文 CORE_UNREACHABLE')
    bff.trouble = undefined
    phone.tap('.button')
    await expect.poll(src).toContain('#t=')
    phone.instance.onError()
    await textShown('这一页没有加载出来')
  })
})
