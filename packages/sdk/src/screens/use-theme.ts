import type { RefObject } from 'preact'
import { useEffect, useLayoutEffect, useState } from 'preact/hooks'
import type { Theme } from './options.ts'
import { makePalette, parseRgb } from './palette.ts'

/**
 * Keeps the colours that follow from the accent on the root element. The nearest to the page wins:
 * the option, `--ecode-accent` of the page's CSS, the school's colour, ours.
 *
 * @returns Whether the dark scheme applies.
 */
export function useTheme(
  root: RefObject<HTMLElement | null>,
  theme: Theme = {},
  schoolAccent = '',
): boolean {
  const systemDark = useSystemDark()
  const dark = theme.scheme === 'dark' || (theme.scheme !== 'light' && systemDark)
  useLayoutEffect(() => {
    const element = root.current
    if (!element) return
    const tree = element.getRootNode()
    const host = tree instanceof ShadowRoot ? tree.host : element
    const apply = () => {
      // Of the host: the element's own style, asked for here, would be worked out twice.
      const page = getComputedStyle(host).getPropertyValue('--ecode-accent').trim()
      // The browser reads any CSS colour for us; what it cannot read becomes the default.
      element.style.color = ''
      element.style.color = theme.accent || page || schoolAccent
      const accent = parseRgb(element.style.color && getComputedStyle(element).color)
      element.style.color = ''
      const palette = makePalette(accent, dark)
      for (const [name, color] of Object.entries(palette)) element.style.setProperty(name, color)
    }
    apply()
    if (host === element) return
    const observer = new MutationObserver(apply)
    observer.observe(host, { attributeFilter: ['class', 'style'] })
    return () => observer.disconnect()
  }, [root, theme.accent, schoolAccent, dark])
  return dark
}

function useSystemDark(): boolean {
  const [query] = useState(() => matchMedia('(prefers-color-scheme: dark)'))
  const [dark, setDark] = useState(query.matches)
  useEffect(() => {
    const update = () => setDark(query.matches)
    // Safari 13 knows only this older spelling.
    query.addListener(update)
    return () => query.removeListener(update)
  }, [query])
  return dark
}
