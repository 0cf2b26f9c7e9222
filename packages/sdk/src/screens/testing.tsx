import { render } from 'preact'
import { act } from 'preact/test-utils'
import { makeModel } from '../gallery/fixtures.ts'
import { makeStillChunks, type OpenParts } from '../gallery/still-chunks.ts'
import type { Model } from '../model.ts'
import { App } from './app.tsx'
import type { Chunks } from './chunks.ts'
import type { ViewOptions } from './options.ts'

/** App on a still model in a shadow root, as a test sees and touches it. */
export async function mountApp({
  model = makeModel({}),
  options = {},
  chunks = {},
  parts = {},
}: {
  model?: Model
  options?: ViewOptions & { onScreen?(screen: string): void }
  chunks?: Partial<Chunks>
  parts?: Partial<OpenParts>
} = {}) {
  const host = document.createElement('div')
  document.body.append(host)
  const root = host.attachShadow({ mode: 'open' })
  const all: Chunks = { ...makeStillChunks(parts), ...chunks }
  const draw = (next = options) =>
    act(() => render(<App model={model} options={next} chunks={all} />, root))
  await draw()
  await settle()
  const find = (selector: string) => root.querySelector<HTMLElement>(selector)
  return {
    root,
    find,
    update: draw,
    /** What a person sees, without what only screen readers are told. */
    text: () => root.querySelector('.screen')?.textContent ?? '',
    spoken: () => root.querySelector('[role=status]')?.textContent ?? '',
    async press(label: string | RegExp) {
      const button = [...root.querySelectorAll('button')].find((each) => {
        const name = each.getAttribute('aria-label') ?? each.textContent ?? ''
        return typeof label === 'string' ? name.includes(label) : label.test(name)
      })
      if (!button) throw new Error(`No button ${label} in: ${root.textContent}`)
      await act(() => button.click())
      await settle()
    },
    async change(run: () => void) {
      await act(run)
      await settle()
    },
    unmount() {
      act(() => render(null, root))
      host.remove()
    },
  }
}

/** Lets promises of the chunks and what follows from them settle. */
async function settle() {
  // A part brings a screen whose effects fetch the next.
  for (let round = 0; round < 3; round++) {
    await act(async () => {
      for (let turn = 0; turn < 10; turn++) await Promise.resolve()
    })
  }
}
