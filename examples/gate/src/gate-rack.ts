import { join } from 'node:path'
import type { Demo } from '@campus-ecode/protocol/demo'
import type { createGate, Gate } from '@campus-ecode/terminal'

export interface RackOptions {
  readDemo: () => Promise<Demo | undefined>
  openGate: typeof createGate
  gatesDir: string
  onFault: (error: unknown) => void
}

/** The gates of the demo school, each opened when it is first asked for. */
export interface GateRack {
  list(): Promise<{ id: string; name: string }[]>
  find(id: string): Promise<OpenGate | undefined>
  close(): Promise<void>
}

export interface OpenGate {
  /** The gate as it is now, once the plug is in or out. */
  current(): Promise<Gate>
  readonly isCut: boolean
  /**
   * Pulls the network cable, or puts it in: the gate is closed and opened anew without a core, by what it
   * has on disk alone, just as after a power cut.
   */
  cut(isCut: boolean): Promise<void>
}

export function createGateRack({ readDemo, openGate, gatesDir, onFault }: RackOptions): GateRack {
  const gates = new Map<string, Promise<OpenGate>>()

  async function open(demo: Demo, entry: Demo['gates'][number]): Promise<OpenGate> {
    const { id: gateId, keyId, secret } = entry
    const { coreUrl, school, accessRoot: root } = demo
    if (!root) throw new Error('demo.json has gates and no root key')
    const start = (isCut: boolean) =>
      openGate({
        dir: join(gatesDir, gateId),
        schoolId: school.id,
        gateId,
        root,
        ...(!isCut && { core: { coreUrl, keyId, secret } }),
        onFault,
      })
    let gate = await start(false)
    let isCut = false
    let changing: Promise<void> = Promise.resolve()
    return {
      async current() {
        await changing
        return gate
      },
      get isCut() {
        return isCut
      },
      cut(wanted) {
        changing = changing.then(async () => {
          if (wanted === isCut) return
          await gate.close()
          gate = await start(wanted)
          isCut = wanted
        })
        return changing
      },
    }
  }

  return {
    async list() {
      const demo = await readDemo()
      return demo?.gates.map(({ id, name }) => ({ id, name })) ?? []
    },
    async find(id) {
      const known = gates.get(id)
      if (known) return known
      const demo = await readDemo()
      const entry = demo?.gates.find((candidate) => candidate.id === id)
      if (!demo || !entry) return undefined
      // Two may ask at once, and its folder is for one.
      const opening = gates.get(id) ?? open(demo, entry)
      gates.set(id, opening)
      opening.catch(() => gates.delete(id))
      return opening
    },
    async close() {
      for (const opening of gates.values()) await (await (await opening).current()).close()
    },
  }
}
