import type { GateRecord, GateSelf, GateUpdate } from '@campus-ecode/protocol/gate-api'
import { gateRoutes } from '@campus-ecode/protocol/gate-api'
import { createDocumentGuard, type Holdings } from '../gate/holdings.ts'
import { type Verdict, verifyAccess } from '../gate/verify-access.ts'
import { demand, Skipped } from './check.ts'
import { demandAnswer } from './demands.ts'
import type { Reply, Wire } from './wire.ts'
import type { World } from './world.ts'

/** The numbers of what a gate holds; 0: nothing. */
export interface HeldSeqs {
  keys: number
  policy: number
  list: number
}

/** A gate of demo.json that knows what the core has told it, and believes only what it can. */
export class ToldGate {
  readonly self: GateSelf
  readonly wire: Wire
  readonly #guard: ReturnType<typeof createDocumentGuard>
  #holdings: Holdings = {}

  private constructor(self: GateSelf, wire: Wire, guard: ReturnType<typeof createDocumentGuard>) {
    this.self = self
    this.wire = wire
    this.#guard = guard
  }

  /** All gates of demo.json, knowing nothing yet. */
  static async openAll({ gates, demo }: World): Promise<ToldGate[]> {
    const { accessRoot: root, school } = demo
    if (!root) throw new Skipped('demo.json names no root key')
    const opening = gates.map(async ({ id: gateId, wire }) => {
      const reply = await wire.call({ method: 'GET', target: gateRoutes.getGate.path })
      const guard = createDocumentGuard({ schoolId: school.id, gateId, root })
      return new ToldGate(demandAnswer(reply, gateRoutes.getGate), wire, guard)
    })
    return Promise.all(opening)
  }

  /** The first that is so, knowing nothing yet. */
  static async open(
    world: World,
    what = 'gate',
    wanted: (self: GateSelf) => boolean = () => true,
  ): Promise<ToldGate> {
    const gate = (await ToldGate.openAll(world)).find(({ self }) => wanted(self))
    if (!gate) throw new Skipped(`demo.json names no ${what}`)
    return gate
  }

  get seqs(): HeldSeqs {
    const { keys, policy, list } = this.#holdings
    return { keys: keys?.seq ?? 0, policy: policy?.seq ?? 0, list: list?.seq ?? 0 }
  }

  get holdings(): Holdings {
    return this.#holdings
  }

  /** Asks, without taking what it is told. */
  async ask(query: Partial<HeldSeqs> & { waitSeconds?: number } = {}): Promise<GateUpdate> {
    const texts = Object.entries(query).map(([name, value]) => [name, String(value)])
    const search = new URLSearchParams(Object.fromEntries(texts)).toString()
    const target = gateRoutes.getGateUpdate.path + (search && `?${search}`)
    return demandAnswer(await this.wire.call({ method: 'GET', target }), gateRoutes.getGateUpdate)
  }

  /** Asks for what it does not hold, and takes it; all of it has to be believable. */
  async follow(waitSeconds = 0): Promise<GateUpdate> {
    const update = await this.ask({ ...this.seqs, waitSeconds })
    this.take(update)
    return update
  }

  take({ keys, policy, list, delta }: GateUpdate): void {
    const now = Math.floor(Date.now() / 1000)
    // Keys first: they sign the others.
    for (const document of [keys, policy, list]) {
      if (!document) continue
      const taken = this.#guard.take(this.#holdings, document, now)
      demand('holdings' in taken, `${document.type} is not believable: ${refusalOf(taken)}`)
      this.#holdings = taken.holdings
    }
    if (!delta) return
    const taken = this.#guard.takeDelta(this.#holdings, delta, now)
    demand('holdings' in taken, `a delta does not lead to a list that is signed`)
    this.#holdings = taken.holdings
  }

  /** What it makes of a code. */
  judge(code: string): Verdict {
    const { keys, policy, list } = this.#holdings
    return verifyAccess(code, Math.floor(Date.now() / 1000), {
      school: this.self.schoolId,
      keys: keys?.content,
      policy: policy?.content,
      list: list?.content,
      memory: { letInAt: () => undefined },
    })
  }

  upload(...records: GateRecord[]): Promise<Reply> {
    const { method, path } = gateRoutes.addGateRecords
    return this.wire.call({ method, target: path, json: { records } })
  }

  async addRecords(...records: GateRecord[]) {
    const added = demandAnswer(await this.upload(...records), gateRoutes.addGateRecords)
    demand(added.accepted === records.length, `${added.accepted} of ${records.length} are accepted`)
    return added.findings
  }

  checkIdentity(code: string): Promise<Reply> {
    const { method, path } = gateRoutes.checkIdentity
    return this.wire.call({ method, target: path, json: { code } })
  }
}

function refusalOf(taken: object): string {
  return 'refused' in taken ? String(taken.refused) : ''
}
