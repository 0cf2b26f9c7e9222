/**
 * Calls back once now, and whenever the element's size or the screen's pixel ratio changes.
 *
 * @returns How to stop.
 */
export function onResize(element: Element, callback: () => void): () => void {
  // Safari 13.0 has no ResizeObserver; there the window's size must do.
  const observer = typeof ResizeObserver === 'function' ? new ResizeObserver(callback) : undefined
  observer?.observe(element)
  addEventListener('resize', callback)
  let ratio: MediaQueryList
  const watchRatio = () => {
    ratio = matchMedia(`(resolution: ${devicePixelRatio}dppx)`)
    ratio.addListener(onRatio)
  }
  // A window moved to another display keeps its size in CSS pixels.
  const onRatio = () => {
    ratio.removeListener(onRatio)
    watchRatio()
    callback()
  }
  watchRatio()
  callback()
  return () => {
    observer?.disconnect()
    removeEventListener('resize', callback)
    ratio.removeListener(onRatio)
  }
}
