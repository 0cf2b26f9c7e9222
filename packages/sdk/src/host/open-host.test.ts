// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { HostBridge, HostCap } from './host-bridge.ts'
import { openHost } from './open-host.ts'

vi.stubGlobal('__VERSION__', '1.2.3')
const page = window as unknown as Record<string, unknown>
const signPage = vi.fn(async () => Promise.reject(new Error('no WeChat')))

beforeEach(() => {
  vi.useFakeTimers()
  signPage.mockClear()
  Object.defineProperty(navigator, 'wakeLock', {
    configurable: true,
    value: { request: async () => Object.assign(new EventTarget(), { release: async () => {} }) },
  })
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  delete page['ecodeHost']
})

/** @returns The host, and after how many milliseconds it was there. */
async function open(given?: HostBridge) {
  const before = Date.now()
  const opening = openHost(given, signPage).then((host) => ({ host, ms: Date.now() - before }))
  await vi.advanceTimersByTimeAsync(20_000)
  return opening
}
const caps = (...names: HostCap[]) => ({ caps: async () => new Set(names), call: vi.fn() })
const withAgent = (agent: string) => vi.spyOn(navigator, 'userAgent', 'get').mockReturnValue(agent)

describe('a page’s own bridge', () => {
  test('comes first, and what it cannot do the browser does', async () => {
    const given = caps('brightness', 'close')
    const { host } = await open(given)
    expect([host.kind, host.can('brightness'), host.can('keepAwake')]).toEqual([
      'native',
      true,
      true,
    ])
    expect(host.can('scan')).toBe(false)
    await host.call('brightness', { level: 1 })
    await host.call('keepAwake', { on: true })
    expect(given.call.mock.calls).toEqual([['brightness', { level: 1 }, undefined]])
    await expect(host.call('scan')).rejects.toThrow('nobody here')
  })

  test('that never comes back from a call has been waited for long enough', async () => {
    const { host } = await open({
      ...caps('brightness', 'scan'),
      call: () => new Promise(() => {}),
    })
    const late = expect(host.call('brightness', { level: 1 })).rejects.toThrow('nothing within')
    const scanned = vi.fn()
    host.call('scan').catch(scanned)
    await vi.advanceTimersByTimeAsync(5_000)
    await late
    expect(scanned).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(295_000)
    expect(scanned).toHaveBeenCalledTimes(1)
  })

  test('is heard, if it tells anything', async () => {
    const listeners = new Map<string, (detail?: unknown) => void>()
    const { host } = await open({
      ...caps(),
      on(event, listener) {
        listeners.set(event, listener)
        return () => void listeners.delete(event)
      },
    })
    const heard = vi.fn()
    const stop = host.on('shortcut', heard)
    listeners.get('shortcut')?.({ screen: 'pay' })
    stop()
    expect([heard.mock.calls, listeners.size]).toEqual([[[{ screen: 'pay' }]], 0])
  })

  test.each<[string, Partial<HostBridge>]>([
    ['never answers', { caps: () => new Promise(() => {}) }],
    ['never is ready', { ready: () => new Promise(() => {}) }],
    ['rejects', { caps: async () => Promise.reject(new Error('no')) }],
    ['answers nonsense', { caps: async () => 'all' as never }],
  ])('that %s is passed over after a second and a half', async (_, broken) => {
    const { host, ms } = await open({ ...caps('scan'), ...broken })
    expect([host.kind, host.can('scan')]).toEqual(['web', false])
    expect(ms).toBeLessThanOrEqual(1_500)
  })
})

describe('without one', () => {
  test('a browser is there at once, and WeChat is not asked', async () => {
    withAgent('Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 Version/17.5 Mobile Safari/604.1')
    const { host, ms } = await open()
    expect([host.kind, ms, signPage.mock.calls]).toEqual(['web', 0, []])
  })

  test('an app that never answers costs a second and a half', async () => {
    page['ecodeHost'] = { postMessage() {} }
    const { host, ms } = await open()
    expect([host.kind, ms]).toEqual(['web', 1_500])
  })

  test('an app that answers is used, whatever it calls itself', async () => {
    withAgent('Mozilla/5.0 (Linux; Android 14) Chrome/142.0 Mobile Safari/537.36 MicroMessenger/8')
    page['ecodeHost'] = {
      postMessage(text: string) {
        const { id, params } = JSON.parse(text)
        const detail = { v: 1, id, result: { nonce: params.nonce, caps: ['close'] } }
        window.dispatchEvent(new CustomEvent('ecode-host', { detail }))
      },
    }
    const { host } = await open()
    expect([host.kind, host.can('close'), signPage.mock.calls]).toEqual(['native', true, []])
  })

  test('what calls itself WeChat and is none is a browser', async () => {
    withAgent('Mozilla/5.0 (Linux; Android 14) Chrome/142.0 Mobile Safari/537.36 MicroMessenger/8')
    const { host } = await open()
    expect([host.kind, signPage.mock.calls.length]).toEqual(['web', 1])
  })
})
