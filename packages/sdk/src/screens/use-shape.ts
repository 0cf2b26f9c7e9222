import type { RefObject } from 'preact'
import { useLayoutEffect } from 'preact/hooks'
import { onResize } from './on-resize.ts'

/** Tells the style sheet what a container query would: whether the widget's own room is short or wide. */
export function useShape(root: RefObject<HTMLElement | null>): void {
  useLayoutEffect(() => {
    const element = root.current
    if (!element) return
    return onResize(element, () => {
      element.toggleAttribute('data-short', element.clientHeight < 660)
      element.toggleAttribute('data-wide', element.clientWidth > 520)
    })
  }, [root])
}
