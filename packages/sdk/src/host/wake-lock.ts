interface Sentinel extends EventTarget {
  release(): Promise<void>
}
type Locks = { request(type: 'screen'): Promise<Sentinel> }

function locks(): Locks | undefined {
  return (navigator as unknown as { wakeLock?: Locks }).wakeLock
}

export function hasWakeLock(): boolean {
  return typeof locks()?.request === 'function'
}

/**
 * Keeps the screen on. The browser lets go of it whenever the page is hidden; when the page is seen again, it is
 * taken again, at the next tap where iOS wants one.
 *
 * @returns How to switch it; rejects when the browser does not want to.
 */
export function createWakeLock(): (on: boolean) => Promise<void> {
  let wanted = false
  let held: Sentinel | undefined

  async function take() {
    const sentinel = await locks()?.request('screen')
    if (!wanted) return sentinel?.release()
    held = sentinel
    sentinel?.addEventListener('release', () => {
      if (held === sentinel) held = undefined
    })
  }

  function again() {
    if (!wanted || held || document.visibilityState === 'hidden') return
    take().catch(() => document.addEventListener('click', again, { once: true }))
  }

  return async (on) => {
    wanted = on
    document.removeEventListener('visibilitychange', again)
    if (!on) {
      const before = held
      held = undefined
      return before?.release()
    }
    document.addEventListener('visibilitychange', again)
    if (!held) await take()
  }
}
