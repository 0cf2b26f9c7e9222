import type { Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { expectPageAccessible } from './accessible.ts'
import { findPerson } from './people.ts'
import type { Phone } from './phone.ts'
import { browser } from './stage.ts'
import { WalletScreen } from './wallet-screen.ts'
import { demo, openPhone, sandbox, system, till } from './wallet-stage.ts'

const PASSWORD = '730582'
const PHRASE = '湖边的长椅'
const NAME = '周子昂'

// At the till a card, in the pocket the phone of whose card it is.
describe('a card that is swiped at a till (R14, R29)', () => {
  let phone: Phone
  let wallet: WalletScreen
  let pos: Page
  const [token] = findPerson(demo, NAME).tokens
  beforeAll(async () => {
    phone = await openPhone(NAME, { screen: 'wallet' })
    wallet = new WalletScreen(phone)
    const context = await browser.newContext({ viewport: { width: 820, height: 1000 } })
    pos = await context.newPage()
    await pos.goto(system.posUrl)
  })
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await phone.shoot(`failed-${task.name.slice(0, 12)}`)
  })
  afterAll(async () => {
    await phone?.close()
    await pos?.context().close()
  })

  async function keyIn(keys: string) {
    const next = pos.getByRole('button', { name: /下一单|重新扫码/ })
    if (await next.isVisible()) await next.click()
    await pos.getByRole('button', { name: /清除/ }).click()
    for (const key of keys) await pos.locator(`[data-key="${key}"]`).click()
    await pos.locator('#swipe-open').click()
  }
  const shown = (text: string | RegExp) => pos.locator('#result').getByText(text).first().waitFor()

  it('is refused without the agreement: the till says so, and the phone where to sign', async () => {
    const pocket = await openPhone(NAME)
    await pocket.waitForCode()
    await pocket.waitForAllParts()
    await keyIn('2')
    await expectPageAccessible(pos, 'pos-swipe')
    // As a reader types it: fast, ended with Enter, and not to be read on the screen.
    await pos.keyboard.type(token?.value ?? '')
    expect(await pos.locator('#card').getAttribute('type')).toBe('password')
    await pos.keyboard.press('Enter')
    await shown('您的电子钱包尚未开通免密支付')
    expect(await pos.content()).not.toContain(token?.value)
    expect(await pocket.readResult('refused')).toContain('还没开通免密支付')
    await pocket.shoot('swipe-refused')
    await pocket.root.getByRole('button', { name: '开通免密支付' }).click()
    await pocket.root.getByRole('heading', { name: '免密支付' }).first().waitFor()
    await pocket.close()
  })

  it('pays once the agreement is signed with the password, and the phone shows it', async () => {
    await wallet.row('支付密码').click()
    await wallet.startPassword(sandbox)
    await wallet.choosePassword(PHRASE, PASSWORD)
    await wallet.goHome()
    await wallet.row('免密支付').click()
    await wallet.button('开通免密支付').click()
    await wallet.keypad.type(PASSWORD)
    await phone.root.getByText('免密支付已开通').first().waitFor()

    const pocket = await openPhone(NAME)
    await pocket.waitForCode()
    await pocket.waitForAllParts()
    await keyIn('2')
    await pos.getByRole('button', { name: `${NAME} 刷卡` }).click()
    await shown(/¥ ?1\.80/)
    await shown('周*昂')
    expect(await pos.locator('#result').textContent()).toContain('刷卡')
    const receipt = await pocket.readResult('paid')
    expect(receipt).toMatch(/¥ ?1\.80/)
    expect(receipt).toContain('刷卡')
    await pocket.shoot('swipe-paid')
    // The code was not shown to anybody, so it still pays.
    await pocket.openCode()
    const answer = await till.pay(await pocket.readCodeLike(/^711001[27]/), '1.00')
    expect(answer).toMatchObject({ exitCode: 0, line: { means: 'code' } })
    await pocket.close()
  })

  it('is refused again as soon as the agreement is cancelled', async () => {
    await wallet.button('取消免密支付').click()
    await wallet.button('确认取消').click()
    await phone.root.getByText('免密支付已取消').first().waitFor()
    await keyIn('1')
    await pos.getByRole('button', { name: `${NAME} 刷卡` }).click()
    await shown('您的电子钱包尚未开通免密支付')
  })
})
