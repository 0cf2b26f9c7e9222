/** Milliseconds of the page's own clock. */
export interface Moments {
  /** The page's first script of interest begins to run. */
  start?: number
  /** The bars' pixels are there: the first frame that has them is painted. */
  bars?: number
  qr?: number
}

declare global {
  interface Window {
    moments: Moments
    /** Notes a moment once what stands on the page now has been painted. */
    noteWhenPainted(name: keyof Moments): void
  }
}

/**
 * Runs in a page before all else and leaves the page as it is: the loader's first deed is to look for
 * `window.ECode`, and its codes are canvases in an open shadow root.
 */
export function installProbe(): void {
  const moments: Moments = {}
  window.moments = moments
  window.noteWhenPainted = (name) =>
    requestAnimationFrame(() => {
      // The next task after this frame: its style, layout and paint are done.
      const note = () => {
        moments[name] ??= performance.now()
        // Heard without running anything in the page, which would take its time from it.
        console.debug(`painted ${name}`)
      }
      scheduler.postTask(note, { priority: 'user-blocking' })
    })

  let ecode: unknown
  Object.defineProperty(window, 'ECode', {
    configurable: true,
    get() {
      moments.start ??= performance.now()
      return ecode
    },
    set(value) {
      ecode = value
    },
  })

  const { attachShadow } = Element.prototype
  Element.prototype.attachShadow = function (init) {
    const root = attachShadow.call(this, init)
    const noted = new Set<string>()
    new MutationObserver(() => {
      for (const name of ['bars', 'qr'] as const) {
        if (noted.has(name) || !root.querySelector(`.${name} canvas`)) continue
        noted.add(name)
        window.noteWhenPainted(name)
      }
    }).observe(root, { childList: true, subtree: true })
    return root
  }
}
