import { join } from 'node:path'
import type { Demo } from '@campus-ecode/protocol/demo'
import type { openStall, Stall } from './stall.ts'

export interface BathHouseOptions {
  readDemo: () => Promise<Demo | undefined>
  openStall: typeof openStall
  showersDir: string
  onFault: (error: unknown) => void
}

/** The showers of the demo school, each opened when it is first asked for. */
export interface BathHouse {
  list(): Promise<{ id: string; name: string }[]>
  find(id: string): Promise<Stall | undefined>
  close(): Promise<void>
}

export function createBathHouse(options: BathHouseOptions): BathHouse {
  const { readDemo, showersDir, onFault } = options
  const stalls = new Map<string, Promise<Stall>>()
  const showersOf = (demo: Demo | undefined) =>
    demo?.terminals.filter(({ kind }) => kind === 'shower') ?? []

  return {
    async list() {
      const demo = await readDemo()
      return showersOf(demo).map(({ id, name = id }) => ({ id, name }))
    },
    async find(id) {
      const known = stalls.get(id)
      if (known) return known
      const demo = await readDemo()
      const entry = showersOf(demo).find((candidate) => candidate.id === id)
      if (!demo || !entry) return undefined
      // Two may ask at once, and its folder is for one.
      const { keyId, secret } = entry
      const { coreUrl } = demo
      const opening =
        stalls.get(id) ??
        options.openStall({ dir: join(showersDir, id), coreUrl, keyId, secret, onFault })
      stalls.set(id, opening)
      opening.catch(() => stalls.delete(id))
      return opening
    },
    async close() {
      for (const opening of stalls.values()) await (await opening).close()
    },
  }
}
