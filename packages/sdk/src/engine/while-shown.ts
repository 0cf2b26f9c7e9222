import type { Page } from './page.ts'

/**
 * Does something while at least one screen asks for it and the page is visible.
 *
 * @param begin Returns how to stop.
 * @param onHidden The screens are there, the page cannot be seen.
 * @returns For each screen: `show()`, which returns how to stop.
 */
export function whileShown(page: Page, begin: () => () => void, onHidden?: () => void) {
  let screens = 0
  let stop: (() => void) | undefined

  function look() {
    const wanted = screens > 0 && page.visible.value
    if (wanted && !stop) stop = begin()
    if (!wanted && stop) {
      stop()
      stop = undefined
    }
    if (screens > 0 && !wanted) onHidden?.()
  }

  page.visible.subscribe(look)
  return (): (() => void) => {
    let shown = 1
    screens++
    look()
    return () => {
      screens -= shown
      shown = 0
      look()
    }
  }
}
