import { type ReadonlySignal, type Signal, signal } from '@preact/signals'

/** What the engine needs to know of the page it runs in. */
export interface Page {
  /** False while nobody can see the page; also while it rests in the back-forward cache. */
  readonly visible: ReadonlySignal<boolean>
  /** Whether the last attempt to reach the server got there, or the system says it might. */
  readonly online: Signal<boolean>
  stop(): void
}

export function watchPage(): Page {
  const visible = signal(document.visibilityState !== 'hidden')
  const online = signal(navigator.onLine !== false)
  const stops: (() => void)[] = []
  function on(target: EventTarget, type: string, listener: () => void) {
    target.addEventListener(type, listener)
    stops.push(() => target.removeEventListener(type, listener))
  }
  on(document, 'visibilitychange', () => {
    visible.value = document.visibilityState !== 'hidden'
  })
  // iOS before 14.5 leaves a page by pagehide alone; pageshow also ends a stay in the bfcache.
  on(window, 'pagehide', () => {
    visible.value = false
  })
  on(window, 'pageshow', () => {
    visible.value = document.visibilityState !== 'hidden'
  })
  on(window, 'online', () => {
    online.value = true
  })
  on(window, 'offline', () => {
    online.value = false
  })
  return {
    visible,
    online,
    stop() {
      for (const stop of stops) stop()
    },
  }
}
