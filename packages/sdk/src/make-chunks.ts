import { adoptStyle } from './adopt-style.ts'
import type { Engine, MakePart } from './engine/engine.ts'
import type { Chunks } from './screens/chunks.ts'
import type { FetchedParts } from './screens/view.ts'
import type { WidgetContext } from './widget-part.ts'

/**
 * What the screens in one shadow root fetch, with the styles it brings.
 *
 * @param painted Settles when what was drawn first is on the screen.
 */
export function makeChunks(
  { part, style, nonce }: WidgetContext,
  engine: Engine,
  root: ShadowRoot,
  painted: () => Promise<void> | undefined,
): Chunks {
  const styled = new Set<string>()
  async function dress(name: 'more' | keyof FetchedParts, css: string) {
    if (!styled.has(name)) await adoptStyle(root, css, style(name), nonce)
    styled.add(name)
  }
  return {
    part,
    async open(name) {
      const { screens, css, make } = await part(name)
      await dress(name, css)
      await engine.open(name, make as MakePart<typeof name>)
      return screens
    },
    async more() {
      const { more, css } = await part('more')
      await dress('more', css)
      engine.complete()
      return more
    },
    async qr() {
      const { drawQr } = await part('qr')
      // The bars are a code already; they do not wait for the QR to be worked out.
      await painted()
      return drawQr
    },
    english: async () => (await part('english')).en,
  }
}
