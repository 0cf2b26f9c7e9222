/**
 * Calls back with the next frame, and whenever the element's size or the screen's pixel ratio changes.
 *
 * @returns How to stop.
 */
export function onResize(element: Element, callback: () => void): () => void {
  // The observer's first call comes between layout and paint. Asked any earlier, a size would cost
  // a layout of its own. Safari 13.0 has no observer; there the window's size must do.
  const observer = typeof ResizeObserver === 'function' ? new ResizeObserver(callback) : undefined
  if (observer) observer.observe(element)
  else callback()
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
  return () => {
    observer?.disconnect()
    removeEventListener('resize', callback)
    ratio.removeListener(onRatio)
  }
}
