import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { AppFront, packApp } from './app-site.ts'
import { findPerson } from './people.ts'
import { readers } from './read-codes.ts'
import { Sandbox } from './sandbox.ts'
import { readDemo, System } from './system.ts'
import { Till } from './till.ts'
import { WebKit } from './webkit.ts'

const missing = WebKit.findMissing()
if (missing) console.warn(`\n  The app's page is NOT tested in WebKit: ${missing}\n`)

interface AppState {
  brightness: number | null
  keepAwake: boolean
  captureGuard: boolean
  asked: string[]
}
const held = { brightness: 1, keepAwake: true, captureGuard: true }

// The page that examples/school-app ships, in the engine of iPhones, over https as there: Swift's side is
// played by a script that stands before the page's own, as WKUserScript and the message handler do.
describe.skipIf(missing)(
  `a school’s app in WebKit${missing ? ` (skipped: ${missing})` : ''}`,
  () => {
    let front: AppFront
    let system: System
    let webkit: WebKit
    beforeAll(async () => {
      system = await System.create()
      const { demoUrl } = system.urls
      front = new AppFront(system.urls)
      await system.standBehind(front)
      await system.start()
      const { bffUrl, dataDir } = system.urls
      const { id: person } = findPerson(readDemo(dataDir), '罗一鸣')
      for (const [file, { type, body }] of packApp(bffUrl)) {
        const text = type.startsWith('text/html')
          ? body.toString().replace('<head>', `<head>${NATIVE}`)
          : body
        front.shipped.set(`/campus-card/${file}`, { type, body: text })
      }
      front.pages.set('/ecode-session', async (body) => {
        const { thumbprint } = JSON.parse(body)
        // The school's own server, which trusts the front's certificate as we do not.
        const answer = await fetch(`${demoUrl}/session`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ person, thumbprint }),
        })
        return { status: answer.status, body: await answer.text() }
      })
      webkit = await WebKit.launch()
    })
    afterEach(async ({ task }) => {
      await webkit.shoot(`school-app-webkit-${task.result?.state}-${task.name.slice(0, 12)}`)
    })
    afterAll(async () => {
      await webkit?.close()
      await system.stop()
      system.remove()
      await front.close()
    })

    const open = (file = '', shortcut = '') =>
      webkit.goTo(
        `${system.urls.demoUrl}/campus-card/${file}?subject=user-83715${shortcut && `&shortcut=${shortcut}`}`,
      )
    const find = (selector: string, text?: string) => webkit.find(selector, text)
    const press = (text: string, selector?: string) => webkit.press(text, selector)
    const appState = () => webkit.driver.executeScript<AppState>('return window.app')
    const tell = (event: string, params = {}) =>
      webkit.driver.executeScript('window.tell(arguments[0], arguments[1])', event, params)
    async function readCode(): Promise<string> {
      const scan = async () => {
        const picture = Buffer.from(await webkit.driver.takeScreenshot(), 'base64')
        return (await readers.zxing(picture)).qr[0] ?? ''
      }
      await expect.poll(scan).toMatch(/^71\d{22}$/)
      return scan()
    }

    it('shakes hands, is bright while a code is shown, and gives it back (R19)', async () => {
      await open()
      await press('付款', '[part=tab]')
      await find('[part=code] canvas')
      await expect.poll(appState).toMatchObject(held)
      const code = await readCode()
      const till = new Till(system.urls.dataDir)
      expect(await till.pay(code, '1.00')).toMatchObject({ exitCode: 0 })
      await find('[part=outcome].paid')
      await press('卡', '[part=tab]')
      await expect
        .poll(appState)
        .toMatchObject({ brightness: null, keepAwake: false, captureGuard: false })
      expect((await appState()).asked[0]).toBe('hello')
    })

    it('goes where the icon says on a cold start, and replaces a code that was captured (R20)', async () => {
      await open('', 'pay')
      await find('[part=code] canvas')
      await expect.poll(appState).toMatchObject(held)
      const captured = await readCode()
      await tell('capture')
      await expect.poll(readCode).not.toBe(captured)
    })

    it('draws a code from one file without a network, with the key that this phone has kept (R21)', async () => {
      await open('', 'pay')
      await find('[part=code] canvas')
      await press('', '[part=offer]')
      await press('发短信验证码')
      const sent = await (await find('.enrol-why')).getText()
      const tail = /\d{4}/.exec(sent)?.[0] ?? ''
      const sms = await new Sandbox(system.urls.sandboxUrl).readSms(tail)
      await (await find('[part=field]')).sendKeys(sms)
      await find('h2', '已开通离线付款')

      front.isCut = true
      const shipped = new Map(front.shipped)
      for (const path of shipped.keys()) {
        if (!path.endsWith('inline.html')) front.shipped.delete(path)
      }
      await open('inline.html', 'pay')
      await find('[part=code] canvas')
      expect(await readCode()).toMatch(/^7110012\d{17}$/)
      await expect.poll(appState).toMatchObject(held)
    })
  },
)

/** What HostBridge.swift does: `postMessage` of a handler with reply, and events by the window's. */
const NATIVE = `<script>
window.app = { brightness: null, keepAwake: false, captureGuard: false, asked: [] }
window.tell = (event, params) => window.dispatchEvent(
  new CustomEvent('ecode-host', { detail: { v: 1, event, params } }))
;{
  const caps = ['scan', 'brightness', 'keepAwake', 'captureGuard', 'onCapture', 'shake', 'close']
  const screen = new URLSearchParams(location.search).get('shortcut')
  const postMessage = async ({ v, id, method, params }) => {
    app.asked.push(method)
    if (method === 'hello') {
      if (screen) setTimeout(() => tell('shortcut', { screen }))
      return { v, id, result: { nonce: params.nonce, name: 'School App iOS', caps } }
    }
    if (method === 'brightness') app.brightness = params.level
    else if (method in app) app[method] = params.on
    return { v, id, result: null }
  }
  const handlers = { ecodeHost: { postMessage } }
  if (window.webkit) window.webkit.messageHandlers = handlers
  else window.webkit = { messageHandlers: handlers }
}
</script>`
