// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createWechatBridge } from './wechat-bridge.ts'

type Options = {
  success?(told: object): void
  fail?(told: object): void
  cancel?(told: object): void
} & Record<string, unknown>

const signature = { appId: 'wx1', timestamp: 1, nonceStr: 'n', signature: 's' }
const scriptUrl = 'https://res.wx.qq.com/open/js/jweixin-1.6.0.js'
const signPage = vi.fn(async (_url: string) => ({ ...signature, scriptUrl }))
let phone: string
/** What WeChat was asked, in order. */
let asked: [name: string, options: Record<string, unknown>][]
let configured: boolean
/** The page has called `wx.config` itself. */
let wasConfigured: boolean
/** What `wx.config` is refused for. */
let wrong: (url: string) => boolean
let supported: Record<string, boolean>
let scanned: { resultStr: string } | 'cancel'

/** WeChat's JS-SDK as a page sees it, with the ways of the client behind it. */
function makeWx() {
  // As the published script does it: `ready` waits for the first `config` alone, `error` keeps one listener.
  let isReady = wasConfigured
  const waiting: (() => void)[] = []
  let onError: (told: { errMsg: string }) => void = () => {}
  const permitted = (name: string, told: () => object) => (options: Options) => {
    const { success, fail, cancel, ...rest } = options
    asked.push([name, rest])
    if (!configured) return fail?.({ errMsg: `${name}:the permission value is offline verifying` })
    const answer = told()
    if ('cancelled' in answer) cancel?.({ errMsg: `${name}:cancel` })
    else success?.(answer)
  }
  return {
    config(options: object) {
      asked.push(['config', options as never])
      const [url = ''] = signPage.mock.calls.at(-1) ?? []
      setTimeout(() => {
        configured = !wrong(url)
        isReady = true
        if (!configured) onError({ errMsg: 'config:invalid signature' })
        for (const listener of waiting.splice(0)) listener()
      }, 30)
    },
    ready(listener: () => void) {
      if (isReady) listener()
      else waiting.push(listener)
    },
    error(listener: typeof onError) {
      onError = listener
    },
    checkJsApi: ({ success }: Options) => success?.({ checkResult: supported }),
    scanQRCode: permitted('scanQRCode', () => (scanned === 'cancel' ? { cancelled: 1 } : scanned)),
    hideMenuItems: permitted('hideMenuItems', () => ({})),
    showMenuItems: permitted('showMenuItems', () => ({})),
    miniProgram: {
      navigateTo(options: Options) {
        const { success, fail, ...rest } = options
        asked.push(['navigateTo', rest])
        if (String(rest['url']).includes('gone'))
          fail?.({ errMsg: 'navigateTo:fail page not found' })
        else success?.({})
      },
      navigateBack({ success }: Options) {
        asked.push(['navigateBack', {}])
        success?.({})
      },
    },
  }
}

const page = window as unknown as { wx?: unknown }
let fetched: HTMLScriptElement[]
let scriptComes: boolean

beforeEach(() => {
  phone = 'Android'
  asked = []
  fetched = []
  configured = false
  wasConfigured = false
  scriptComes = true
  wrong = () => false
  supported = { checkJsApi: true, scanQRCode: true, hideMenuItems: true, showMenuItems: true }
  scanned = { resultStr: 'https://pay.school.edu/c/1' }
  signPage.mockClear()
  delete page.wx
  const { happyDOM } = window as unknown as { happyDOM: { setURL(url: string): void } }
  happyDOM.setURL('https://www.school.edu/second#/pay')
  vi.spyOn(navigator, 'userAgent', 'get').mockImplementation(() => phone)
  vi.spyOn(performance, 'getEntriesByType').mockReturnValue([
    { name: 'https://www.school.edu/first?from=menu#t=x' } as PerformanceEntry,
  ])
  vi.spyOn(document.head, 'appendChild').mockImplementation((node) => {
    const script = node as unknown as HTMLScriptElement
    fetched.push(script)
    queueMicrotask(() => {
      if (scriptComes) page.wx = makeWx()
      script.onload?.(new Event('load'))
    })
    return node
  })
})
afterEach(() => vi.restoreAllMocks())

async function open(kind: 'wxoa' | 'wxmp' = 'wxoa') {
  const bridge = createWechatBridge(kind, signPage)
  await bridge.ready(1_000)
  return bridge
}
const names = () => asked.map(([name]) => name)

describe('WeChat’s own script', () => {
  test('is fetched by the address that the signature names, and asks for what is needed', async () => {
    const bridge = await open()
    expect(fetched.map(({ src }) => src)).toEqual([scriptUrl])
    expect(asked[0]).toEqual([
      'config',
      {
        ...signature,
        jsApiList: ['checkJsApi', 'scanQRCode', 'hideMenuItems', 'showMenuItems'],
      },
    ])
    expect([...(await bridge.caps())]).toEqual(['scan', 'captureGuard'])
  })

  test('is signed for the present address on Android, without its fragment', async () => {
    await open()
    expect(signPage.mock.calls).toEqual([['https://www.school.edu/second']])
  })

  test('is signed for the address the page was loaded by on iOS', async () => {
    phone = 'iPhone'
    await open()
    expect(signPage.mock.calls).toEqual([['https://www.school.edu/first?from=menu']])
  })

  test('is signed for the other address where the first is refused', async () => {
    wrong = (url) => url.includes('second')
    await open()
    expect(signPage.mock.calls.map(([url]) => url)).toEqual([
      'https://www.school.edu/second',
      'https://www.school.edu/first?from=menu',
    ])
  })

  test.each<[string, () => void]>([
    ['it is refused for both', () => (wrong = () => true)],
    ['it does not come', () => (scriptComes = false)],
    ['the school has no official account', () => signPage.mockRejectedValueOnce(new Error('403'))],
  ])('nothing is offered where %s', async (_, happen) => {
    happen()
    await expect(open()).rejects.toThrow()
  })

  test('says what this WeChat can do: PCs scan nothing', async () => {
    supported = { checkJsApi: true, scanQRCode: false, hideMenuItems: true }
    const bridge = await open()
    expect([...(await bridge.caps())]).toEqual(['captureGuard'])
    await expect(bridge.call('scan')).rejects.toThrow('cannot do scan')
  })
})

describe.each([true, false])('the page’s own (configured by it: %s)', (was) => {
  beforeEach(() => {
    wasConfigured = was
    page.wx = makeWx()
  })

  test('is not configured anew as long as it does what it is asked', async () => {
    configured = true
    const bridge = await open()
    expect(await bridge.call('scan')).toBe('https://pay.school.edu/c/1')
    expect([names(), fetched, signPage.mock.calls]).toEqual([['scanQRCode'], [], []])
  })

  test('is configured when it refuses for want of that, once', async () => {
    const bridge = await open()
    await bridge.call('scan')
    await bridge.call('scan')
    expect(names()).toEqual(['scanQRCode', 'config', 'scanQRCode', 'scanQRCode'])
    expect(fetched).toEqual([])
  })
})

describe('scanning', () => {
  test('gives the text, bars without the name of their kind', async () => {
    const bridge = await open()
    scanned = { resultStr: 'CODE_128,711001120143221573602495' }
    expect(await bridge.call('scan')).toBe('711001120143221573602495')
    scanned = { resultStr: 'EAN_13,not,digits' }
    expect(await bridge.call('scan')).toBe('EAN_13,not,digits')
  })

  test('gives null when the person came back without', async () => {
    const bridge = await open()
    scanned = 'cancel'
    expect(await bridge.call('scan')).toBe(null)
  })
})

test('while a code is shown the page cannot be copied, shared or opened elsewhere', async () => {
  const bridge = await open()
  await bridge.call('captureGuard', { on: true })
  await bridge.call('captureGuard', { on: false })
  const [, hidden, shown] = asked
  expect(hidden).toEqual([
    'hideMenuItems',
    {
      menuList: expect.arrayContaining([
        'menuItem:copyUrl',
        'menuItem:share:appMessage',
        'menuItem:openWithSafari',
      ]),
    },
  ])
  expect(shown).toEqual(['showMenuItems', hidden?.[1]])
})

describe('in a mini-program', () => {
  test('its own pages are opened, names of other apps’ pages are not', async () => {
    const bridge = await open('wxmp')
    expect([...(await bridge.caps())]).toEqual(['scan', 'openNative', 'close'])
    await bridge.call('openNative', { page: '/pages/library/index', params: { from: 'card' } })
    expect(asked.at(-1)).toEqual(['navigateTo', { url: '/pages/library/index?from=card' }])
    await expect(bridge.call('openNative', { page: 'library' })).rejects.toThrow('not a page')
    await expect(bridge.call('openNative', { page: '/gone' })).rejects.toThrow('not found')
  })

  test('leaving it leads back', async () => {
    const bridge = await open('wxmp')
    await bridge.call('close')
    expect(names().at(-1)).toBe('navigateBack')
  })
})
