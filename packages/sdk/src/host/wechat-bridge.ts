import type { HostCap, WholeBridge } from './host-bridge.ts'

export interface PageSignature {
  appId: string
  timestamp: number
  nonceStr: string
  signature: string
  scriptUrl: string
}
/** Has the core sign an address of this page; rejects where the school has no official account. */
export type SignPage = (url: string) => Promise<PageSignature>

/** What a call of WeChat's JS-SDK tells. */
interface Told {
  errMsg?: string
  resultStr?: string
  checkResult?: Record<string, boolean>
}
interface Options {
  success?(told: Told): void
  fail?(told: Told): void
  cancel?(told: Told): void
  [option: string]: unknown
}
type Call = (options: Options) => void
/** WeChat's JS-SDK, as far as it is used here. */
interface Wx extends Partial<Record<string, Call | unknown>> {
  config(config: object): void
  ready(listener: () => void): void
  error(listener: (told: Told) => void): void
  miniProgram?: Record<'navigateTo' | 'navigateBack', Call>
}

const JS_APIS = ['checkJsApi', 'scanQRCode', 'hideMenuItems', 'showMenuItems']
/** Ways out of the page for what is on it: a code and an address that opens it belong to one person. */
const PASSING_ON = [
  'menuItem:copyUrl',
  'menuItem:share:appMessage',
  'menuItem:share:timeline',
  'menuItem:share:qq',
  'menuItem:share:QZone',
  'menuItem:share:email',
  'menuItem:share:weiboApp',
  'menuItem:share:facebook',
  'menuItem:favorite',
  'menuItem:openWithSafari',
  'menuItem:openWithQQBrowser',
]
/** So long a second `wx.config` is given to be refused. */
const AGAIN_MS = 1_500
/** What WeChat answers before `wx.config`, and for what was not asked for there. */
const NOT_PERMITTED = /permission|offline verifying|not config/i

/**
 * Speaks to WeChat by its JS-SDK: the page's own if it has one, which is then configured only when it refuses; else
 * the script that the signature names.
 */
export function createWechatBridge(kind: 'wxoa' | 'wxmp', signPage: SignPage): WholeBridge {
  const known = new Set<HostCap>()
  let wx: Wx
  let configuring: Promise<void> | undefined

  async function prepare() {
    const own = ownWx()
    if (own) wx = own
    else await configure()
    const { checkResult = {} } = await invoke('checkJsApi', { jsApiList: JS_APIS })
    if (checkResult.scanQRCode) known.add('scan')
    if (kind === 'wxoa' && checkResult.hideMenuItems) known.add('captureGuard')
    if (kind === 'wxmp' && wx.miniProgram) known.add('openNative').add('close')
  }

  function configure(): Promise<void> {
    configuring ??= configureBy(addressesToSign()).catch((cause) => {
      configuring = undefined
      throw cause
    })
    return configuring
  }

  async function configureBy([url = '', ...others]: string[]): Promise<void> {
    const { scriptUrl, ...signature } = await signPage(url)
    wx = ownWx() ?? (await loadWx(scriptUrl))
    try {
      await new Promise<void>((resolve, reject) => {
        let asked = false
        // Told before `ready`, which comes either way. What it says at once is about an earlier `config`.
        wx.error(({ errMsg }) => {
          if (asked) reject(new Error(errMsg))
        })
        // Likewise: from the second on, nothing tells that a `config` has been taken.
        wx.ready(() => {
          if (asked) resolve()
          else setTimeout(resolve, AGAIN_MS)
        })
        asked = true
        wx.config({ ...signature, jsApiList: JS_APIS })
      })
    } catch (cause) {
      if (!others.length) throw cause
      await configureBy(others)
    }
  }

  function invoke(name: string, options: object): Promise<Told> {
    const call = wx[name]
    return new Promise((resolve, reject) => {
      if (typeof call !== 'function') return reject(new Error(`WeChat has no ${name}`))
      const fail = ({ errMsg }: Told) => reject(new Error(errMsg))
      call.call(wx, { ...options, success: resolve, cancel: () => resolve({}), fail })
    })
  }

  /** Once more after `wx.config`, where that is what was missing. */
  async function invokePermitted(name: string, options: object): Promise<Told> {
    return invoke(name, options).catch(async (cause: Error) => {
      if (!NOT_PERMITTED.test(cause.message)) throw cause
      await configure()
      return invoke(name, options)
    })
  }

  function inMiniProgram(name: 'navigateTo' | 'navigateBack', options: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const fail = ({ errMsg }: Told) => reject(new Error(errMsg))
      wx.miniProgram?.[name]({ ...options, success: resolve, fail })
    })
  }

  return {
    kind,
    ready: prepare,
    async caps() {
      return known
    },
    async call(method, params) {
      if (!known.has(method)) throw new Error(`WeChat cannot do ${method} here`)
      const { on, page, params: query } = Object(params)
      switch (method) {
        case 'scan': {
          const { resultStr } = await invokePermitted('scanQRCode', {
            needResult: 1,
            scanType: ['qrCode', 'barCode'],
          })
          // Bars come with their kind ahead of them: "CODE_128,71…".
          return resultStr?.replace(/^[A-Z][A-Z0-9_]*,(?=\d+$)/, '') ?? null
        }
        case 'captureGuard':
          await invokePermitted(on ? 'hideMenuItems' : 'showMenuItems', { menuList: PASSING_ON })
          return null
        case 'openNative':
          // A name of a native app's is none of this one's pages.
          if (!/^\//.test(page)) throw new Error(`${page} is not a page of a mini-program`)
          await inMiniProgram('navigateTo', { url: page + writeQuery(query) })
          return null
        default:
          await inMiniProgram('navigateBack', {})
          return null
      }
    },
    on: () => () => {},
  }
}

function ownWx(): Wx | undefined {
  const { wx } = window as unknown as { wx?: Wx }
  return typeof wx?.config === 'function' ? wx : undefined
}

function loadWx(src: string): Promise<Wx> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script')
    script.onload = script.onerror = () => {
      const wx = ownWx()
      if (wx) resolve(wx)
      else reject(new Error(`${src} did not load`))
    }
    // What the page's own scripts may run by, under a policy of nonces.
    script.nonce = document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce ?? ''
    script.src = src
    document.head.appendChild(script)
  })
}

/**
 * On iOS WeChat checks against the address the page was first loaded by, elsewhere against the present one. The
 * other is tried where the first is refused.
 */
function addressesToSign(): string[] {
  const [landing] = performance.getEntriesByType('navigation')
  const without = (url: string) => url.replace(/#.*/, '')
  const [first, now] = [without(landing?.name || location.href), without(location.href)]
  const apple = /iPhone|iPad|iPod|Macintosh/.test(navigator.userAgent)
  return [...new Set(apple ? [first, now] : [now, first])]
}

function writeQuery(params: unknown): string {
  const query = String(new URLSearchParams(Object(params)))
  return query && `?${query}`
}
