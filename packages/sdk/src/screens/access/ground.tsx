import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { makePalette, type Rgb } from '../palette.ts'
import { type GroundKind, groundColor } from './ground-color.ts'

/**
 * The ground a code stands on, in a colour that follows from the school's but is not like it. All below
 * takes it as its accent.
 */
export function Ground({ kind, children }: { kind: GroundKind; children: ComponentChildren }) {
  const ref = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const ground = ref.current
    const root = ground?.closest<HTMLElement>('.root')
    if (!ground || !root) return
    let drawn = ''
    const apply = () => {
      const accent = root.style.getPropertyValue('--accent')
      const dark = root.classList.contains('dark')
      if (drawn === accent + dark) return
      drawn = accent + dark
      const palette = makePalette(groundColor(kind, parseHex(accent)), dark)
      for (const [name, color] of Object.entries(palette)) ground.style.setProperty(name, color)
    }
    apply()
    // The school's colour may come later, and the scheme may change.
    const observer = new MutationObserver(apply)
    observer.observe(root, { attributeFilter: ['class', 'style'] })
    return () => observer.disconnect()
  }, [kind])
  return (
    <div ref={ref} class={`pay ground ${kind}`} part="ground">
      {children}
    </div>
  )
}

/** As `makePalette` writes it. */
function parseHex(text: string): Rgb {
  const [red = 0, green = 0, blue = 0] = (text.match(/[0-9a-f]{2}/g) ?? []).map((part) =>
    Number.parseInt(part, 16),
  )
  return [red, green, blue]
}
