import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { HttpsFront } from './https-front.ts'
import { findPerson } from './people.ts'
import { readers } from './read-codes.ts'
import { Sandbox } from './sandbox.ts'
import { readDemo, System } from './system.ts'
import { Till } from './till.ts'
import { WebKit, WIDGET } from './webkit.ts'

const PASSWORD = '271846'
const NAME = '罗一鸣'

const missing = WebKit.findMissing()
if (missing) {
  console.warn(
    `\n  WebKit is NOT tested: ${missing}. Debian: apt-get install webkit2gtk-driver xvfb\n`,
  )
}

// What Chromium cannot show: frames, keys and remembered pages as iPhones have them; over https.
describe.skipIf(missing)(`in WebKit${missing ? ` (skipped: ${missing})` : ''}`, () => {
  // Its own system, because all of it is addressed over https.
  let front: HttpsFront
  let system: System
  let sandbox: Sandbox
  let webkit: WebKit
  let phrase = ''
  beforeAll(async () => {
    front = new HttpsFront()
    system = await System.create()
    await system.standBehind(front)
    await system.start()
    webkit = await WebKit.launch()
    sandbox = new Sandbox(system.urls.sandboxUrl)
  })
  afterEach(async ({ task }) => {
    await webkit.shoot(`webkit-${task.result?.state}-${task.name.slice(0, 12)}`)
  })
  afterAll(async () => {
    await webkit?.close()
    await system.stop()
    system.remove()
    await front.close()
  })

  async function open(screen: 'pay' | 'wallet') {
    const { id } = findPerson(readDemo(system.urls.dataDir), NAME)
    await webkit.goTo(`${system.urls.demoUrl}/phone?person=${id}&screen=${screen}`)
  }
  const find = (selector: string, text?: string) => webkit.find(selector, text)
  const press = (text: string, selector?: string) => webkit.press(text, selector)
  async function shows(count: number, selector: string) {
    const look = () => webkit.driver.executeScript<number>(COUNT, selector)
    await expect.poll(look).toBe(count)
  }
  async function inKeypad(work: () => Promise<void>) {
    const frame = await find('iframe.keypad-frame:not(.arriving)')
    await webkit.driver.switchTo().frame(frame)
    await work()
    await webkit.driver.switchTo().defaultContent()
  }
  async function type(digits: string) {
    for (const [at, digit] of [...digits].entries()) {
      // The driver answers before the page has heard of a click, and a keypad that thinks hears none.
      await shows(at, '.dots .full')
      await press(digit, '.keys:not(.busy) button')
    }
  }

  it('sets the payment password in the keypad’s frame, sealed by its own cryptography (R16)', async () => {
    await open('wallet')
    await press('支付密码', 'li button')
    await press('发短信验证码')
    const sent = await (await find('.sms .enrol-why')).getText()
    const tail = /\d{4}/.exec(sent)?.[0] ?? ''
    await (await find('.sms input')).sendKeys(await sandbox.readSms(tail))
    await press('去设置 6 位密码')
    await inKeypad(async () => {
      // The driver does not type into frames; a suggestion is chosen by a tap.
      const idea = await find('.idea')
      phrase = await idea.getText()
      await idea.click()
      await (await find('[type=submit]')).click()
      await type(PASSWORD)
      await type(PASSWORD)
    })
    await find('h2', '支付密码已设好')
  })

  it('tops up with it, after one wrong try that it is told of (R12)', async () => {
    await open('wallet')
    await press('充值')
    await press('¥50')
    await press('充值', '.move-foot button')
    await inKeypad(async () => {
      const shown = await (await find('main')).getText()
      expect(shown).toContain('¥50.00')
      expect(shown).toContain(phrase)
      await type('000001')
      await find('.status', '还可以试 4 次')
      await type(PASSWORD)
    })
    await find('h2', '充值成功')
    await press('回到钱包')
    await find('[part=purse]', '150.00')
  })

  it('draws a code that a reader takes from the screen, and hears what it paid (R19, R22)', async () => {
    await open('pay')
    await find('[part=code] canvas')
    const scan = async () => {
      const picture = Buffer.from(await webkit.driver.takeScreenshot(), 'base64')
      return (await readers.zxing(picture)).qr
    }
    await expect.poll(scan).toHaveLength(1)
    const [code = ''] = await scan()
    const till = new Till(system.urls.dataDir)
    expect(await till.pay(code, '1.00')).toMatchObject({ exitCode: 0 })
    await find('[part=outcome].paid')
  })

  it('comes back from the keypad at top level by Back, to a page that goes on (R16)', async () => {
    await open('wallet')
    await find('li button', '免密支付')
    await webkit.driver.executeScript(REFUSE_FRAMES)
    await press('免密支付', 'li button')
    await press('开通免密支付')
    await press('整页打开')
    const address = () => webkit.driver.getCurrentUrl()
    await expect.poll(address).toMatch(system.urls.keypadUrl)
    await find('main', phrase)
    await webkit.driver.executeScript('history.back()')
    await shows(0, '.sheet')
    await open('wallet')
    await find('li', '未开通')
  })
})

const COUNT = `return ${WIDGET}.querySelectorAll(arguments[0]).length`
/** As a host page whose policy allows no scripts in frames. */
const REFUSE_FRAMES = `const root = ${WIDGET}
new MutationObserver(() => {
  const frame = root.querySelector('iframe:not([sandbox])')
  if (frame) frame.setAttribute('sandbox', '')
}).observe(root, { subtree: true, childList: true })`
