import { createCell, type WritableCell } from '../cell.ts'

/** What the engine needs to know of the page it runs in. */
export interface Page {
  /** False while nobody can see the page: hidden, in the back-forward cache, covered by the host. */
  readonly visible: WritableCell<boolean>
  /** Whether the last attempt to reach the server got there, or the system says it might. */
  readonly online: WritableCell<boolean>
  stop(): void
}

export function watchPage(): Page {
  const visible = createCell(isVisible())
  const online = createCell(navigator.onLine !== false)
  const stops: (() => void)[] = []
  function on<T>(target: EventTarget, type: string, cell: WritableCell<T>, value: () => T) {
    const listener = () => {
      cell.value = value()
    }
    target.addEventListener(type, listener)
    stops.push(() => target.removeEventListener(type, listener))
  }
  on(document, 'visibilitychange', visible, isVisible)
  // iOS before 14.5 leaves a page by pagehide alone; pageshow also ends a stay in the bfcache.
  on(window, 'pagehide', visible, () => false)
  on(window, 'pageshow', visible, isVisible)
  on(window, 'online', online, () => true)
  on(window, 'offline', online, () => false)
  return {
    visible,
    online,
    stop() {
      for (const stop of stops) stop()
    },
  }
}

function isVisible(): boolean {
  return document.visibilityState !== 'hidden'
}
