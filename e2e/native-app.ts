import type { BrowserContext, Page } from 'playwright'

/** The ways into an app that docs/host-bridge.md has. */
export type Way = 'android' | 'ios' | 'wvjb' | 'dsbridge'

interface Request {
  v: number
  id: string
  method: string
  params: Record<string, unknown> | null
}
type AppWindow = typeof globalThis & { tellPage(message: object): void }

const USER_AGENTS: Record<'ios' | 'android', string> = {
  ios: 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148',
  android:
    'Mozilla/5.0 (Linux; Android 14; 23127PN0CC Build/UKQ1.230804.001; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/130.0.6723.58 Mobile Safari/537.36',
}

/**
 * The native side of examples/school-app, played: it has the object or handler that its web view would put
 * into the page, and does what HostBridge.swift and HostBridge.kt do.
 */
export class NativeApp {
  readonly way: Way
  brightness: number | null = null
  keepAwake = false
  captureGuard = false
  shake = false
  closed = false
  readonly opened: string[] = []
  readonly asked: string[] = []
  /** What the app's scanner will read. */
  scans: (string | null)[] = []
  #page: Page | undefined
  #isOpen = false
  #waitingShortcut: string | undefined

  constructor(way: Way) {
    this.way = way
  }

  get userAgent(): string {
    return this.way === 'ios' || this.way === 'wvjb' ? USER_AGENTS.ios : USER_AGENTS.android
  }

  /** Before the page is opened. */
  async attach(context: BrowserContext): Promise<void> {
    await context.exposeBinding('askApp', ({ page }, text: string) => {
      this.#page = page
      return JSON.stringify(this.#answer(JSON.parse(text)))
    })
    await context.addInitScript(inject[this.way])
  }

  /** As the app tells it; before the page's hello nobody hears. */
  async tell(event: string, params: object = {}): Promise<void> {
    if (!this.#isOpen || !this.#page) return
    await this.#page.evaluate((message) => (globalThis as AppWindow).tellPage(message), {
      v: 1,
      event,
      params,
    })
  }

  /** From the app's icon. On a cold start it waits until the page has said hello. */
  async tellShortcut(screen: string): Promise<void> {
    if (this.#isOpen) await this.tell('shortcut', { screen })
    else this.#waitingShortcut = screen
  }

  /** Another page comes: what the one before had switched on is switched off. */
  reset(): void {
    this.#isOpen = false
    Object.assign(this, { brightness: null, keepAwake: false, captureGuard: false, shake: false })
  }

  #answer({ v, id, method, params }: Request): object {
    this.asked.push(method)
    const on = params?.on === true
    switch (method) {
      case 'hello':
        this.reset()
        this.#isOpen = true
        setTimeout(() => this.#tellWaiting())
        return {
          v,
          id,
          result: { nonce: params?.nonce, name: `School App ${this.way}`, caps: CAPS },
        }
      case 'scan':
        return { v, id, result: this.scans.shift() ?? null }
      case 'brightness':
        this.brightness = params?.level as number | null
        break
      case 'keepAwake':
        this.keepAwake = on
        break
      case 'captureGuard':
        this.captureGuard = on
        break
      case 'shake':
        this.shake = on
        break
      case 'close':
        this.closed = true
        break
      case 'openNative':
        this.opened.push(String(params?.page))
        break
      default:
        return { v, id, error: { code: 'unsupported', message: method } }
    }
    return { v, id, result: null }
  }

  #tellWaiting() {
    const screen = this.#waitingShortcut
    this.#waitingShortcut = undefined
    if (screen) void this.tell('shortcut', { screen })
  }
}

const CAPS = [
  ...['scan', 'brightness', 'keepAwake', 'captureGuard', 'onCapture'],
  ...['shake', 'close', 'openNative'],
]

const byWindowEvent = `window.tellPage = (detail) =>
  window.dispatchEvent(new CustomEvent('ecode-host', { detail }));`

/** What each kind of web view puts into a page, before its scripts. */
const inject: Record<Way, string> = {
  // addWebMessageListener: strings both ways, answers and events as `message` of the object itself.
  android: `{
    const port = new EventTarget()
    const hear = (data) => port.dispatchEvent(new MessageEvent('message', { data }))
    port.postMessage = (text) => void askApp(text).then(hear)
    window.ecodeHost = port
    window.tellPage = (message) => hear(JSON.stringify(message))
  }`,
  // WKScriptMessageHandlerWithReply: objects, and the promise is the answer.
  ios: `{
    const postMessage = (body) => askApp(JSON.stringify(body)).then(JSON.parse)
    window.webkit = { messageHandlers: { ecodeHost: { postMessage } } }
    ${byWindowEvent}
  }`,
  wvjb: `{
    const handlers = {}
    window.WebViewJavascriptBridge = {
      callHandler: (name, data, answer) => {
        if (name === 'ecodeHost') askApp(JSON.stringify(data)).then((text) => answer(JSON.parse(text)))
      },
      registerHandler: (name, handler) => { handlers[name] = handler },
    }
    window.tellPage = (message) => handlers.ecodeHost(message, () => {})
  }`,
  dsbridge: `{
    window._dsbridge = {
      call: (name, argument) => {
        const { data, _dscbstub } = JSON.parse(argument)
        if (name === 'ecodeHost.call') {
          askApp(JSON.stringify(data)).then((text) => window[_dscbstub](JSON.parse(text)))
        }
        return '{}'
      },
    }
    ${byWindowEvent}
  }`,
}
