import { setTimeout as sleep } from 'node:timers/promises'
import { corePersonRoutes } from '@campus-ecode/protocol/core-api'
import { problemSchema } from '@campus-ecode/protocol/problem'
import type { SigningKey } from '@campus-ecode/protocol/signing-key'
import { transferSchema } from '@campus-ecode/protocol/wallet'
import type { Diary, RepliedTransfer } from '../diary-writer.ts'
import type { Random } from '../random.ts'
import type { Person } from '../world.ts'
import { carry, choosePassage, type Weather } from './network.ts'
import type { CoreWire, Reply } from './signed-http.ts'
import { fill } from './terminals.ts'
import { createUnderWay, PATIENCE_MS } from './under-way.ts'

/** Money between somebody's wallet and their card, with the approval that the keypad would give. */
export interface TransferWish {
  verb: 'top_up' | 'withdrawal'
  person: Person
  transferId: string
  cardId: string
  amountFen: number
  approvalId: string
}

/** What people's pages do about transfers, as the BFF asks it of a core. */
export interface Transfers {
  /** Resolves with what the page then knows. */
  ask(wish: TransferWish, core: CoreWire, patienceMs?: number): Promise<RepliedTransfer>
  get(person: Person, transferId: string, core: CoreWire): Promise<RepliedTransfer>
  /** Every transfer that was ever asked about, by its id. */
  readonly known: ReadonlyMap<string, Person>
  weather: Weather
  /** Resolves when nothing is on its way any more. */
  settle(): Promise<void>
}

export function createTransfers(options: {
  schoolId: string
  bffKey: SigningKey
  diary: Diary
  random: Random
}): Transfers {
  const { schoolId, bffKey: key, diary, random } = options
  const known = new Map<string, Person>()
  const { follow, within, settle } = createUnderWay()

  async function send(
    call: number,
    core: CoreWire,
    request: { method: 'GET' | 'POST'; target: string; json?: unknown },
    patienceMs: number,
  ): Promise<RepliedTransfer> {
    const passage = choosePassage(random, transfers.weather)
    const signed = core.sign({ ...request, key })
    if (passage.repeatAfterMs !== undefined) {
      // Somebody on the way sends the same bytes again; nobody hears what comes of it.
      follow(sleep(passage.repeatAfterMs).then(() => core.send(signed))).catch(() => {})
    }
    const arriving = carry((signal) => core.send(signed, signal), passage).then(
      readReply,
      (): RepliedTransfer => ({ outcome: 'info', why: 'no reply' }),
    )
    const replied = await within(arriving, patienceMs)
    diary.replyTransfer(call, replied)
    return replied
  }

  const transfers: Transfers = {
    known,
    weather: 'calm',
    ask(
      { verb, person, transferId, cardId, amountFen, approvalId },
      core,
      patienceMs = PATIENCE_MS,
    ) {
      known.set(transferId, person)
      const who = { core: core.core.name, personId: person.id, transferId }
      const call = diary.sendTransfer({ ...who, verb, amountFen })
      const { path } = corePersonRoutes[verb === 'top_up' ? 'topUp' : 'withdraw']
      const target = fill(path, { schoolId, personId: person.id })
      const json = { transferId, cardId, amountFen, approvalId }
      return send(call, core, { method: 'POST', target, json }, patienceMs)
    },
    get(person, transferId, core) {
      const who = { core: core.core.name, personId: person.id, transferId }
      const call = diary.sendTransfer({ ...who, verb: 'get' })
      const { path } = corePersonRoutes.getTransfer
      const target = fill(path, { schoolId, personId: person.id, transferId })
      return send(call, core, { method: 'GET', target }, PATIENCE_MS)
    },
    settle,
  }
  return transfers
}

/** Only what the core has signed, in the agreed form, counts as said. */
function readReply({ status, json, verified }: Reply): RepliedTransfer {
  if (!verified) return { outcome: 'info', why: `an unsigned ${status}` }
  if (status === 200 || status === 202) {
    const transfer = transferSchema.safeParse(json)
    if (transfer.success) return { outcome: 'ok', transfer: transfer.data }
    return { outcome: 'info', why: 'an answer of another form' }
  }
  const problem = problemSchema.safeParse(json)
  if (!problem.success || status >= 500) return { outcome: 'info', why: `a ${status}` }
  return { outcome: 'refused', error: problem.data.code }
}
