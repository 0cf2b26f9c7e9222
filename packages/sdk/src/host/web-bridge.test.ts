// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createWebBridge } from './web-bridge.ts'

let locks: { released: boolean; let(): void }[]
let denied: boolean
let visibility: 'visible' | 'hidden'

beforeEach(() => {
  locks = []
  denied = false
  visibility = 'visible'
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => visibility)
  vi.stubGlobal('isSecureContext', true)
  Object.defineProperty(navigator, 'maxTouchPoints', { configurable: true, value: 5 })
  Object.defineProperty(navigator, 'wakeLock', {
    configurable: true,
    value: {
      async request() {
        if (denied) throw new DOMException('no', 'NotAllowedError')
        const lock = Object.assign(new EventTarget(), {
          released: false,
          async release() {
            lock.let()
          },
          let() {
            lock.released = true
            lock.dispatchEvent(new Event('release'))
          },
        })
        locks.push(lock)
        return lock
      },
    },
  })
  vi.stubGlobal('DeviceMotionEvent', class {})
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

/** As a browser does it: whoever hides a page takes its lock away. */
async function see(state: typeof visibility) {
  visibility = state
  if (state === 'hidden') for (const lock of locks) lock.let()
  document.dispatchEvent(new Event('visibilitychange'))
  await Promise.resolve()
}
const held = () => locks.filter(({ released }) => !released).length

describe('keeping awake', () => {
  test('holds a wake lock, takes it again when the page is seen again, and lets it go', async () => {
    const web = createWebBridge()
    await web.call('keepAwake', { on: true })
    await web.call('keepAwake', { on: true })
    expect(held()).toBe(1)
    await see('hidden')
    expect(held()).toBe(0)
    await see('visible')
    expect(held()).toBe(1)
    await web.call('keepAwake', { on: false })
    expect(held()).toBe(0)
    await see('hidden')
    await see('visible')
    expect(locks).toHaveLength(2)
  })

  test('waits for a tap where iOS wants one', async () => {
    const web = createWebBridge()
    await web.call('keepAwake', { on: true })
    await see('hidden')
    denied = true
    await see('visible')
    await expect.poll(() => held()).toBe(0)
    denied = false
    await vi.waitFor(() => {
      document.dispatchEvent(new Event('click'))
      expect(held()).toBe(1)
    }, 15_000)
    await web.call('keepAwake', { on: false })
  })

  test('rejects where the browser does not want to, and is not offered where there is none', async () => {
    denied = true
    await expect(createWebBridge().call('keepAwake', { on: true })).rejects.toThrow()
    Object.defineProperty(navigator, 'wakeLock', { configurable: true, value: undefined })
    expect([...(await createWebBridge().caps())]).toEqual(['shake'])
  })

  test('switched off while it is still being asked for, nothing is held', async () => {
    const web = createWebBridge()
    const on = web.call('keepAwake', { on: true })
    await web.call('keepAwake', { on: false })
    await on
    expect(held()).toBe(0)
  })
})

describe('shaking', () => {
  /** A hand's movement, 60 samples a second, back and forth by so much. */
  function move(by: number, times: number) {
    for (let sample = 0; sample < times; sample++) {
      vi.advanceTimersByTime(50)
      const accelerationIncludingGravity = { x: sample % 2 ? by : -by, y: 9.8, z: 0 }
      window.dispatchEvent(
        Object.assign(new Event('devicemotion'), { accelerationIncludingGravity }),
      )
    }
  }

  async function listen(on = true) {
    vi.useFakeTimers()
    const web = createWebBridge()
    const shaken = vi.fn()
    web.on('shake', shaken)
    await web.call('shake', { on })
    return { web, shaken }
  }

  test('is told once for a shake, and not for a walk or a knock', async () => {
    const { shaken } = await listen()
    move(4, 100)
    expect(shaken).not.toHaveBeenCalled()
    move(20, 2)
    vi.advanceTimersByTime(2_000)
    expect(shaken).not.toHaveBeenCalled()
    move(20, 12)
    expect(shaken).toHaveBeenCalledTimes(1)
    vi.advanceTimersByTime(2_000)
    move(20, 12)
    expect(shaken).toHaveBeenCalledTimes(2)
  })

  test('is not felt before it is switched on, nor after', async () => {
    const { web, shaken } = await listen(false)
    move(20, 20)
    await web.call('shake', { on: true })
    await web.call('shake', { on: false })
    move(20, 20)
    expect(shaken).not.toHaveBeenCalled()
  })

  test('asks for permission where the system wants it, and rejects without', async () => {
    const requestPermission = vi.fn(async () => 'denied')
    vi.stubGlobal('DeviceMotionEvent', Object.assign(class {}, { requestPermission }))
    const { web, shaken } = await listen(false)
    await expect(web.call('shake', { on: true })).rejects.toThrow('does not let')
    move(20, 20)
    expect(shaken).not.toHaveBeenCalled()
  })

  test('is not offered where nothing can be shaken', async () => {
    Object.defineProperty(navigator, 'maxTouchPoints', { configurable: true, value: 0 })
    expect((await createWebBridge().caps()).has('shake')).toBe(false)
    Object.defineProperty(navigator, 'maxTouchPoints', { configurable: true, value: 5 })
    vi.stubGlobal('isSecureContext', false)
    expect((await createWebBridge().caps()).has('shake')).toBe(false)
  })
})

test('what a page cannot do is refused', async () => {
  await expect(createWebBridge().call('brightness', { level: 1 })).rejects.toThrow()
})
