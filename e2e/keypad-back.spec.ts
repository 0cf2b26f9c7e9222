import { type Browser, chromium } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { chromiumOptions } from './chromium.ts'
import { Keypad } from './keypad.ts'
import { findPerson } from './people.ts'
import { Phone } from './phone.ts'
import { browser } from './stage.ts'
import { WalletScreen } from './wallet-screen.ts'
import { demo, sandbox, system } from './wallet-stage.ts'

const PASSWORD = '540287'
const PHRASE = '一盏不灭的灯'

// A page that may hold no frames has the keypad in its place; and then somebody presses Back.
describe('Back from the keypad page strands nobody (R16)', () => {
  const person = findPerson(demo, '陆星辰').id
  let remembering: Browser
  let phone: Phone
  let wallet: WalletScreen
  beforeAll(async () => {
    // As phones do; otherwise Playwright has Chromium load the page anew.
    const ignoreDefaultArgs = ['--disable-back-forward-cache']
    remembering = await chromium.launch({ ...chromiumOptions(), ignoreDefaultArgs })
    await open(browser)
    await wallet.row('支付密码').click()
    await wallet.startPassword(sandbox)
    await wallet.choosePassword(PHRASE, PASSWORD)
    await phone.close()
  })
  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await phone.shoot(`failed-${task.name.slice(0, 12)}`)
    await phone.close()
  })
  afterAll(() => remembering.close())

  async function open(on: Browser) {
    phone = await Phone.open(on, { demoUrl: system.demoUrl, person, screen: 'wallet' })
    wallet = new WalletScreen(phone)
    await wallet.purse.waitFor()
  }
  async function leaveForKeypad() {
    await phone.page.route('**/keypad', (route) =>
      route.request().frame().parentFrame() ? route.abort() : route.continue(),
    )
    await wallet.row('免密支付').click()
    await wallet.button('开通免密支付').click()
    await wallet.button('整页打开').click()
    const keypad = Keypad.atTopLevel(phone.page)
    expect(await keypad.read()).toContain(PHRASE)
    return keypad
  }

  it('when the page is loaded anew: it says that nothing has changed', async () => {
    await open(browser)
    await leaveForKeypad()
    await phone.page.goBack({ waitUntil: 'commit' })
    await phone.root.getByText('刚才的操作已取消，什么都没有变').first().waitFor()
    await phone.shoot('back-without-password')
    const row = wallet.row('免密支付').locator('xpath=ancestor::li')
    expect(await row.textContent()).toContain('未开通')
    expect(await phone.root.locator('.sheet').count()).toBe(0)
  })

  it('when the page comes back as it was: the sheet is gone, and it can be tried again', async () => {
    await open(remembering)
    await phone.page.evaluate(() => {
      window.addEventListener('pageshow', ({ persisted }) => Object.assign(window, { persisted }))
    })
    await leaveForKeypad()
    await phone.page.goBack({ waitUntil: 'commit' })
    expect(await phone.page.evaluate('window.persisted')).toBe(true)
    await phone.root.locator('.sheet').waitFor({ state: 'detached' })
    await phone.shoot('back-from-memory')
    await wallet.button('开通免密支付').click()
    await wallet.button('整页打开').click()
    await Keypad.atTopLevel(phone.page).type(PASSWORD)
    await phone.root.getByText('免密支付已开通').first().waitFor()
    // Further back lies the page that was left; what was done since is done.
    await phone.page.goBack({ waitUntil: 'commit' })
    await phone.root.locator('.sheet').waitFor({ state: 'detached' })
    await phone.root.getByText('取消免密支付').waitFor()
  })
})
