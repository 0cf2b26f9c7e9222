import type { RefObject } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

/**
 * Where the focus was in what has gone from a panel, it goes to what has come: to its heading, or to the
 * screen's.
 *
 * @param shown Changes whenever other things stand in the panel.
 * @returns The panel's ref.
 */
export function useHandedFocus(shown: string): RefObject<HTMLDivElement | null> {
  const panel = useRef<HTMLDivElement>(null)
  const held = panel.current?.contains(focused(panel.current)) === true
  useLayoutEffect(() => {
    const element = panel.current
    if (!held || !element || element.contains(focused(element))) return
    const heading = element.querySelector('h2') ?? element.parentElement?.querySelector('h1, h2')
    heading?.focus({ preventScroll: true })
  }, [shown])
  return panel
}

function focused(element: Element): Element | null {
  return (element.getRootNode() as Document | ShadowRoot).activeElement
}
