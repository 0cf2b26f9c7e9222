import type { HostCap, WholeBridge } from './host-bridge.ts'
import { createShakeSensor, hasShakeSensor } from './shake-sensor.ts'
import { createWakeLock, hasWakeLock } from './wake-lock.ts'

/** What a page can do by itself, in whichever host it is. */
export function createWebBridge(): WholeBridge {
  const shaken = new Set<() => void>()
  const keepAwake = createWakeLock()
  const shake = createShakeSensor(() => {
    for (const listener of [...shaken]) listener()
  })
  return {
    kind: 'web',
    async ready() {},
    async caps() {
      const caps = new Set<HostCap>()
      if (hasWakeLock()) caps.add('keepAwake')
      if (hasShakeSensor()) caps.add('shake')
      return caps
    },
    async call(method, params) {
      const { on = false } = Object(params)
      if (method === 'keepAwake') return keepAwake(on)
      if (method === 'shake') return shake(on)
      throw new Error(`a page cannot do ${method}`)
    },
    on(event, listener) {
      if (event !== 'shake') return () => {}
      const own = () => listener()
      shaken.add(own)
      return () => void shaken.delete(own)
    },
  }
}
