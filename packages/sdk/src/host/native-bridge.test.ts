// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Request } from './envelope.ts'
import type { WholeBridge } from './host-bridge.ts'
import { createNativeBridge } from './native-bridge.ts'
import type { AppWindow } from './native-transports.ts'

vi.stubGlobal('__VERSION__', '1.2.3')
const page = window as unknown as AppWindow & Record<string, unknown>
/** What the app does with a request; undefined is silence. */
let app: (request: Request) => unknown
let asked: Request[]

function honest({ id, method, params }: Request): unknown {
  if (method === 'hello') {
    const { nonce } = params as { nonce: string }
    const caps = ['scan', 'brightness', 'close', 'teleport']
    return { v: 1, id, result: { nonce, name: 'Yungu', caps } }
  }
  if (method === 'scan') return { v: 1, id, result: 'https://pay.school.edu/c/1' }
  if (method === 'close') return { v: 1, id, error: { code: 'denied', message: 'not now' } }
  return { v: 1, id, result: null }
}

function hear(request: Request): unknown {
  asked.push(request)
  return app(request)
}

const tell = (detail: unknown) => window.dispatchEvent(new CustomEvent('ecode-host', { detail }))

/** Each way into an app, as its documents have it. */
const ways: Record<string, () => void> = {
  'iOS, a handler with reply'() {
    page.webkit = {
      messageHandlers: { ecodeHost: { postMessage: async (request) => hear(request as Request) } },
    }
  },
  'iOS, a plain handler that answers by an event'() {
    page.webkit = {
      messageHandlers: {
        ecodeHost: {
          postMessage(request) {
            const answer = hear(request as Request)
            setTimeout(() => tell(answer))
          },
        },
      },
    }
  },
  'Android, a message listener'() {
    const port = {
      onmessage: null as ((event: { data: string }) => void) | null,
      postMessage(text: unknown) {
        const answer = hear(JSON.parse(text as string))
        setTimeout(() => port.onmessage?.({ data: JSON.stringify(answer) }))
      },
    }
    page.ecodeHost = port as never
  },
  'Android, a plain interface that answers by an event'() {
    page.ecodeHost = {
      postMessage(text) {
        const answer = hear(JSON.parse(text as string))
        setTimeout(() => tell(JSON.stringify(answer)))
      },
    }
  },
  'WebViewJavascriptBridge, there already'() {
    page.WebViewJavascriptBridge = wvjb()
  },
  'WebViewJavascriptBridge, asked for by its queue'() {
    vi.spyOn(document.documentElement, 'appendChild').mockImplementation((frame) => {
      expect((frame as unknown as HTMLIFrameElement).src).toContain('__bridge_loaded__')
      setTimeout(() => {
        for (const callback of page.WVJBCallbacks ?? []) callback(wvjb())
      }, 20)
      return frame
    })
  },
  'WebViewJavascriptBridge, an Android fork that says when it is there'() {
    setTimeout(() => {
      const bridge = wvjb()
      const init = vi.fn()
      page.WebViewJavascriptBridge = {
        ...bridge,
        // Nothing comes from these before this was called.
        init,
        callHandler: (name, data, answer) =>
          bridge.callHandler(name, data, (said) => init.mock.calls.length && answer(said)),
      }
      document.dispatchEvent(new Event('WebViewJavascriptBridgeReady'))
    }, 20)
  },
  'DSBridge, Android'() {
    page._dsbridge = { call: ds }
  },
  'DSBridge, iOS'() {
    page._dswk = true
    vi.stubGlobal('prompt', (method: string, argument: string) =>
      ds(method.replace('_dsbridge=', ''), argument),
    )
  },
}

function wvjb() {
  return {
    registerHandler: vi.fn(),
    callHandler(name: string, data: unknown, answer: (data: unknown) => void) {
      expect(name).toBe('ecodeHost')
      setTimeout(() => answer(hear(data as Request)))
    },
  }
}

function ds(method: string, argument: string): string {
  expect(method).toBe('ecodeHost.call')
  const { data, _dscbstub: answer } = JSON.parse(argument)
  setTimeout(() => {
    const functions = window as unknown as Record<string, (data: unknown) => void>
    functions[answer]?.(hear(data))
  })
  return '{"code":0}'
}

beforeEach(() => {
  app = honest
  asked = []
})
afterEach(() => {
  for (const name of [
    'webkit',
    'ecodeHost',
    'WebViewJavascriptBridge',
    'WVJBCallbacks',
    '_dsbridge',
    '_dswk',
  ]) {
    delete page[name]
  }
  vi.restoreAllMocks()
})

describe.each(Object.entries(ways))('%s', (name, build) => {
  let bridge: WholeBridge

  beforeEach(async () => {
    build()
    bridge = createNativeBridge(name.includes('queue'))
    await bridge.ready(1_000)
  })

  test('answers the handshake with what it can do; what we do not know is passed over', async () => {
    expect([...(await bridge.caps())]).toEqual(['scan', 'brightness', 'close'])
    expect(asked[0]).toEqual({
      v: 1,
      id: expect.stringMatching(/^[0-9a-f]{8}-1$/),
      method: 'hello',
      params: { nonce: expect.stringMatching(/^[0-9a-f]{32}$/), sdk: '1.2.3' },
    })
  })

  test('is called by the envelope, and its refusals reject', async () => {
    expect(await bridge.call('scan')).toBe('https://pay.school.edu/c/1')
    expect(await bridge.call('brightness', { level: 1 })).toBe(null)
    await expect(bridge.call('close')).rejects.toMatchObject({ code: 'denied' })
    expect(asked.slice(1).map(({ method, params }) => [method, params])).toEqual([
      ['scan', null],
      ['brightness', { level: 1 }],
      ['close', null],
    ])
  })

  test('is never asked for what it has not said it can do', async () => {
    await expect(bridge.call('shake', { on: true })).rejects.toThrow('cannot do shake')
    expect(asked).toHaveLength(1)
  })
})

test('events reach those who listen, until they stop; what is none is passed over', async () => {
  ways['iOS, a handler with reply']?.()
  const bridge = createNativeBridge(false)
  await bridge.ready(1_000)
  const heard = vi.fn()
  const stop = bridge.on('shortcut', heard)
  tell({ v: 1, event: 'shortcut', params: { screen: 'pay' } })
  tell('{"v":1,"event":"shortcut"}')
  for (const other of [
    { v: 2, event: 'shortcut' },
    { v: 1, event: 'capture' },
    { v: 1, event: 'no such' },
    'not JSON',
    null,
  ]) {
    tell(other)
  }
  stop()
  tell({ v: 1, event: 'shortcut' })
  expect(heard.mock.calls).toEqual([[{ screen: 'pay' }], [undefined]])
})

test('where an app leads before there is a screen is heard by the first that listens (R20)', async () => {
  ways['iOS, a handler with reply']?.()
  const bridge = createNativeBridge(false)
  await bridge.ready(1_000)
  tell({ v: 1, event: 'capture' })
  tell({ v: 1, event: 'shortcut', params: { screen: 'card' } })
  tell({ v: 1, event: 'shortcut', params: { screen: 'pay' } })
  const heard = vi.fn()
  bridge.on('capture', heard)
  bridge.on('shortcut', heard)
  bridge.on('shortcut', heard)
  expect(heard.mock.calls).toEqual([[{ screen: 'pay' }]])
})

test('WebViewJavascriptBridge tells events to a handler of the same name', async () => {
  const bridge = wvjb()
  page.WebViewJavascriptBridge = bridge
  const host = createNativeBridge(false)
  await host.ready(1_000)
  const heard = vi.fn()
  host.on('pause', heard)
  const answer = vi.fn()
  const [name, handler] = bridge.registerHandler.mock.calls[0] ?? []
  handler({ v: 1, event: 'pause' }, answer)
  expect([name, heard.mock.calls.length, answer.mock.calls.length]).toEqual(['ecodeHost', 1, 1])
})

describe('what only looks like an app is none', () => {
  test.each<[string, typeof app]>([
    ['never answers', () => undefined],
    ['says another nonce', ({ id }) => ({ v: 1, id, result: { nonce: '0', caps: ['scan'] } })],
    ['answers another version', (request) => ({ ...(honest(request) as object), v: 2 })],
    ['answers another call', (request) => ({ ...(honest(request) as object), id: 'x' })],
    ['refuses', ({ id }) => ({ v: 1, id, error: { code: 'unknown', message: '' } })],
    [
      'throws',
      () => {
        throw new Error('no such method')
      },
    ],
  ])('it %s', async (_, answer) => {
    app = answer
    ways['iOS, a handler with reply']?.()
    ways['Android, a message listener']?.()
    const bridge = createNativeBridge(false)
    await expect(bridge.ready(60)).rejects.toThrow('no app')
    await expect(bridge.call('scan')).rejects.toThrow()
  })
})

test('of two ways the one that answers is used', async () => {
  ways['iOS, a handler with reply']?.()
  page._dsbridge = { call: () => '{"code":-1}' }
  const bridge = createNativeBridge(false)
  await bridge.ready(1_000)
  expect(await bridge.call('scan')).toBe('https://pay.school.edu/c/1')
})

test('a call that is not answered in time rejects, and so does one that is called off', async () => {
  ways['iOS, a handler with reply']?.()
  const bridge = createNativeBridge(false)
  await bridge.ready(1_000)
  vi.useFakeTimers()
  try {
    app = () => undefined
    const late = expect(bridge.call('brightness', { level: 1 })).rejects.toThrow('did not answer')
    await vi.advanceTimersByTimeAsync(3_000)
    await late
    const stop = new AbortController()
    const off = expect(bridge.call('scan', null, stop.signal)).rejects.toThrow('called off')
    stop.abort()
    await off
  } finally {
    vi.useRealTimers()
  }
})
