import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { BillEntry } from '@campus-ecode/protocol/bill'
import type { MyWechat, WechatBinding } from '@campus-ecode/protocol/wechat'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { PageClient } from './page-client.ts'
import { findPerson, takePeople } from './people.ts'
import { browser, demo, sandbox, system, till } from './stage.ts'
import { visit, WechatPayer, type WechatTrade } from './wechat-payer.ts'

takePeople(['林知夏', '沈砚秋'])

const LATE_MS = 45_000
const DECIDED_MS = 45_000
const returnTo = `${system.demoUrl}/phone?tab=wallet`

const payer = new WechatPayer(system.wechatUrl, 'linzhixia')
let page: PageClient
let other: PageClient

function open(name: string): Promise<PageClient> {
  const { bffUrl, demoUrl } = system
  const { cardNo } = findPerson(demo, name)
  return PageClient.open({ bffUrl, origin: demoUrl, school: demo.school, cardNo })
}

beforeAll(async () => {
  page = await open('林知夏')
  other = await open('沈砚秋')
})
afterEach(() => sandbox.setFault('wechat', 'none'))

async function readWechat(of = page): Promise<MyWechat> {
  return (await (await of.call('GET', '/v1/me/wechat')).json()) as MyWechat
}

/** Where the page goes to, and hands on to nobody. */
async function begin(of = page): Promise<string> {
  const answer = await of.call('POST', '/v1/me/wechat/bindings', { body: { returnTo } })
  expect(answer.status).toBe(201)
  const { authoriseUrl } = (await answer.json()) as WechatBinding
  expect(new URL(authoriseUrl).origin).toBe(system.keypadUrl)
  return authoriseUrl
}

/** What the page hears at the end of the way. */
function wordOf(location = ''): string {
  const start = `${returnTo}#wechat=`
  expect(location.slice(0, start.length)).toBe(start)
  return location.slice(start.length)
}

/** Through WeChat's page and back, as a browser goes, and on the page that was left again. */
async function bind(
  of = page,
  by = payer,
  act: 'allow' | 'refuse' = 'allow',
): Promise<{ result: string; token: string }> {
  const token = wordOf(await by.travel(await begin(of), system.demoUrl, act))
  return { result: token.length === 43 ? await confirm(of, token) : token, token }
}

/** What the widget does with a token that it finds in its address. */
async function confirm(of: PageClient, token: string): Promise<string> {
  const answer = await of.call('POST', '/v1/me/wechat/bindings/confirm', { body: { token } })
  expect(answer.status).toBe(200)
  return ((await answer.json()) as { result: string }).result
}

async function tradeOf(orderNo: string): Promise<WechatTrade | undefined> {
  const { line } = await till.query(orderNo)
  return (await payer.listTrades()).find(
    ({ outTradeNo }) => outTradeNo === line.paymentId?.replaceAll('-', ''),
  )
}

const statusOf = async (orderNo: string) => (await till.query(orderNo)).line.status

describe('WeChat authentication (R27)', () => {
  it('is offered, and a code is refused before it', async () => {
    expect(await readWechat()).toMatchObject({ offered: true, ready: true })
    await page.call('POST', '/v1/me/wechat/unbind', { body: {} })
    expect(await till.pay(await payer.showCode(), '5.00')).toMatchObject({
      exitCode: 1,
      line: { code: 'WECHAT_NOT_BOUND' },
    })
    expect(await payer.listTrades()).toEqual([])
  })

  it('binds nothing when the person refuses, or WeChat shows a preview', async () => {
    expect((await bind(page, payer, 'refuse')).result).toBe('cancelled')
    await sandbox.setFault('wechat', 'snapshot', { count: 1 })
    expect(await payer.travel(await begin(), system.demoUrl)).toBeUndefined()
    expect((await readWechat()).bound).toBe(false)
  })

  it('binds nobody who was handed its address, WeChat’s own, or the way back by somebody else', async () => {
    const victim = new WechatPayer(system.wechatUrl, 'victim')
    for (const from of ['https://evil.example', `${system.demoUrl}.evil.example`]) {
      expect(wordOf(await victim.travel(await begin(), from))).toBe('again')
    }
    const mine = await visit(await begin(), { referer: `${system.demoUrl}/` })
    expect(mine.location).toMatch(
      /\?appid=wx\w+&redirect_uri=[^&]+&response_type=code&scope=snsapi_base&state=\w+#wechat_redirect$/,
    )
    const theirs = await victim.signIn(mine.location ?? '')
    expect(wordOf((await visit(theirs, {})).location)).toBe('again')
    // In the browser that has the cookie it earns a token, for the session that began it alone.
    const token = wordOf((await visit(theirs, { cookie: mine.cookie })).location)
    expect(await confirm(other, token)).toBe('again')
    for (const each of [page, other]) expect((await readWechat(each)).bound).toBe(false)
  })

  it('binds the WeChat to the person, though its code was used already, once, and to nobody else', async () => {
    await sandbox.setFault('wechat', 'used_code', { count: 1 })
    const { result, token } = await bind()
    expect(result).toBe('bound')
    expect((await readWechat()).bound).toBe(true)
    expect(await confirm(page, token)).toBe('again')
    expect((await bind(other)).result).toBe('taken')
    expect((await readWechat(other)).bound).toBe(false)
  })
})

describe('a WeChat code at the till (R27)', () => {
  it('charges WeChat at the price of the class, and the bill says so', async () => {
    const wallet = async () => (await (await page.call('GET', '/v1/me/wallet')).json()).balanceFen
    const before = await wallet()
    const { exitCode, line } = await till.pay(await payer.showCode(), '10.00')
    expect({ exitCode, ...line }).toMatchObject({
      exitCode: 0,
      status: 'PAID',
      channel: 'wechat',
      means: 'wechat',
      amountFen: 900,
      payer: { class: 'student' },
    })
    expect(await wallet()).toBe(before)
    expect(await tradeOf(line.orderNo ?? '')).toMatchObject({ state: 'SUCCESS', amountFen: 900 })
    const entry = await page.call('GET', `/v1/me/bill/${line.paymentId}`)
    expect((await entry.json()) as BillEntry).toMatchObject({ channel: 'wechat', amountFen: 900 })
  })

  it('pays once, and is no use a second time', async () => {
    const code = await payer.showCode()
    expect(await till.pay(code, '3.00')).toMatchObject({ exitCode: 0 })
    const again = await till.pay(code, '3.00')
    expect(again).toMatchObject({ exitCode: 1, line: { code: 'CODE_NOT_RECOGNISED' } })
  })

  it('waits for WeChat’s password, and pays when it was entered', async () => {
    await sandbox.setFault('wechat', 'ask_password', { count: 1 })
    const orderNo = till.newOrderNo()
    const paying = till.pay(await payer.showCode(), '20.00', orderNo)
    await payer.answerPrompt('accept')
    expect(await paying).toMatchObject({ exitCode: 0, line: { status: 'PAID', channel: 'wechat' } })
  })

  it('shows on the till’s screen that WeChat waits for its password', async () => {
    await sandbox.setFault('wechat', 'ask_password', { count: 1 })
    const context = await browser.newContext()
    const pos = await context.newPage()
    await pos.goto(system.posUrl)
    for (const key of ['2', '0']) await pos.locator(`[data-key="${key}"]`).click()
    const result = pos.locator('#result')
    const code = await payer.showCode()
    await pos.locator('body').press(code.slice(0, 1))
    await pos.keyboard.type(code.slice(1))
    await pos.keyboard.press('Enter')
    await result.getByText('请顾客在微信里输入支付密码').first().waitFor()
    await payer.answerPrompt('accept')
    await result.getByText('已收款').first().waitFor()
    expect(await result.textContent()).toContain('微信支付')
    await context.close()
  })

  it('is refused when the person closes the password prompt', async () => {
    await sandbox.setFault('wechat', 'ask_password', { count: 1 })
    const paying = till.pay(await payer.showCode(), '20.00')
    await payer.answerPrompt('refuse')
    expect(await paying).toMatchObject({ exitCode: 1, line: { code: 'WECHAT_DECLINED' } })
  })

  it('is refused when the password is not entered in 45 s', { timeout: 120_000 }, async () => {
    await sandbox.setFault('wechat', 'ask_password', { count: 1 })
    const orderNo = till.newOrderNo()
    const answer = await till.pay(await payer.showCode(), '20.00', orderNo)
    expect(answer).toMatchObject({ exitCode: 1, line: { code: 'WECHAT_TIMED_OUT' } })
    expect(await tradeOf(orderNo)).toMatchObject({ state: 'REVOKED' })
  })

  it('is paid once when WeChat charges and its answer is lost, or it says SYSTEM_ERROR', async () => {
    for (const fault of ['debit_then_drop', 'system_error'] as const) {
      await sandbox.setFault('wechat', fault, { count: 1 })
      const orderNo = till.newOrderNo()
      const answer = await till.pay(await payer.showCode(), '4.00', orderNo)
      expect(answer).toMatchObject({ exitCode: 0, line: { status: 'PAID' } })
      expect(await tradeOf(orderNo)).toMatchObject({ state: 'SUCCESS' })
    }
  })

  it('believes answers under either of WeChat’s keys, and no others', async () => {
    await sandbox.setFault('wechat', 'mixed_serials')
    for (const _ of [1, 2]) {
      expect(await till.pay(await payer.showCode(), '1.00')).toMatchObject({ exitCode: 0 })
    }
    await sandbox.setFault('wechat', 'wrong_signature')
    const orderNo = till.newOrderNo()
    const options = ['--patience', '4']
    const answer = await till.pay(await payer.showCode(), '1.00', orderNo, options)
    expect(answer).toMatchObject({ exitCode: 2, line: { status: 'UNKNOWN' } })
    await sandbox.setFault('wechat', 'none')
    await expect.poll(() => statusOf(orderNo), { timeout: DECIDED_MS }).toBe('PAID')
  })

  it('says that WeChat declines, or cannot be reached', async () => {
    await sandbox.setFault('wechat', 'decline', { count: 1 })
    const declined = await till.pay(await payer.showCode(), '5.00')
    expect(declined).toMatchObject({ exitCode: 1, line: { code: 'WECHAT_DECLINED' } })
    const code = await payer.showCode()
    await sandbox.setFault('wechat', 'down')
    const unreachable = await till.pay(code, '5.00')
    expect(unreachable).toMatchObject({ exitCode: 1, line: { code: 'WECHAT_UNAVAILABLE' } })
  })

  it('is not taken of Alipay or UnionPay (R28)', async () => {
    for (const code of ['280000000000000000', '6212345678901234567']) {
      expect(await till.pay(code, '5.00')).toMatchObject({
        exitCode: 1,
        line: { code: 'CODE_FOREIGN_NOT_ACCEPTED' },
      })
    }
  })
})

describe('undoing and returning', () => {
  it('reverses a paid order at WeChat', async () => {
    const orderNo = till.newOrderNo()
    await till.pay(await payer.showCode(), '6.00', orderNo)
    expect(await till.reverse(orderNo)).toMatchObject({ exitCode: 0, line: { status: 'REVERSED' } })
    expect(await tradeOf(orderNo)).toMatchObject({ state: 'REVOKED' })
    expect(await till.reverse(orderNo)).toMatchObject({ exitCode: 0 })
  })

  it('nets to zero when a payment succeeds behind its reversal', { timeout: 90_000 }, async () => {
    await sandbox.setFault('wechat', 'ask_password', { count: 1 })
    const orderNo = till.newOrderNo()
    const options = ['--patience', '1', '--password-wait', '1']
    await till.pay(await payer.showCode(), '6.00', orderNo, options)
    await sandbox.setFault('wechat', 'late_success', { count: 1 })
    expect(await till.reverse(orderNo)).toMatchObject({ exitCode: 0 })
    expect(await tradeOf(orderNo)).toMatchObject({ state: 'REVOKED' })
    await expect.poll(() => statusOf(orderNo), { timeout: LATE_MS }).toBe('REVERSED')
  })

  it('returns parts, and says done only when WeChat has', async () => {
    const orderNo = till.newOrderNo()
    await till.pay(await payer.showCode(), '10.00', orderNo)
    const first = await till.refund(orderNo, '4.00')
    expect(first).toMatchObject({ exitCode: 0, line: { status: 'REFUNDED', channel: 'wechat' } })
    await sandbox.setFault('wechat', 'processing', { count: 1, delayMs: 2_500 })
    const refundNo = till.newOrderNo()
    const second = await till.refund(orderNo, '5.00', refundNo)
    expect(second).toMatchObject({ exitCode: 0, line: { status: 'REFUNDED' } })
    expect(await till.query(orderNo)).toMatchObject({ line: { refundedFen: 900 } })
    expect(await till.refund(orderNo, '1.00')).toMatchObject({ exitCode: 1 })
    const calls = await (await fetch(`${system.sandboxUrl}/wechat/calls`)).json()
    const notices = (calls as { operation: string; outcome: string }[]).filter(
      ({ operation }) => operation === 'refund-notice',
    )
    expect(notices.map(({ outcome }) => outcome)).toContain('204')
  })
})

describe('what is kept', () => {
  it('has neither codes nor secrets nor openids in any log', async () => {
    const secret = readFileSync(join(system.dataDir, 'secrets.json'), 'utf8')
    const { wechat } = JSON.parse(secret) as { wechat: string }
    const derive = (name: string) =>
      createHash('sha256').update(`${name}/${wechat}`).digest('hex').slice(0, 32)
    const code = await payer.showCode()
    expect(await till.pay(code, '1.00')).toMatchObject({ exitCode: 0 })
    const [trade] = await payer.listTrades()
    const never = [code, trade?.openid ?? '', ...['app-secret', 'api-v3', 'api-v2'].map(derive)]
    const folder = join(system.dataDir, 'logs')
    for (const name of readdirSync(folder)) {
      const text = readFileSync(join(folder, name), 'utf8')
      for (const each of never) expect([name, text.includes(each)]).toEqual([name, false])
    }
  })
})

describe('ending it', () => {
  it('is done by the person, and codes are refused from then on', async () => {
    const answer = await page.call('POST', '/v1/me/wechat/unbind', { body: {} })
    expect(answer.status).toBe(200)
    expect(await till.pay(await payer.showCode(), '5.00')).toMatchObject({
      exitCode: 1,
      line: { code: 'WECHAT_NOT_BOUND' },
    })
  })
})
