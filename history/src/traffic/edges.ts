import { setTimeout as sleep } from 'node:timers/promises'
import type { Code } from '../clients/phones.ts'
import type { Order } from '../clients/terminals.ts'
import type { Person } from '../world.ts'
import type { Actor } from './actor.ts'

/** Spent in single payments first; what is left of the day's ¥1,000 is what is raced for. */
const FIRST_FEN = 17_000
const FIRST_COUNT = 5
const LEFT_FEN = 15_000
const AGAIN_MS = 300

/**
 * Two payments of one person at the same moment at two cores, over and over, where the day's limit has
 * room for either and not for both; or for both, so that they meet in the wallet.
 *
 * @param person Of whom nobody else takes money. Pays the list price.
 */
export async function raceAtLimit(
  actor: Actor,
  person: Person,
  signal: AbortSignal,
): Promise<void> {
  const { phones, terminals, cores, random } = actor
  const used = new Set<number>()
  await raceNow(1_000)
  await raceNow(1_000)
  for (let paid = 0; paid < FIRST_COUNT && !signal.aborted; ) {
    const code = await actor.issueCode(person, 'wallet')
    if (!code) {
      await sleep(50)
      continue
    }
    const order = actor.newOrder()
    const reply = await actor.payPersistently(order, FIRST_FEN, code)
    if (reply.outcome === 'ok' && 'payment' in reply && reply.payment.status === 'PAID') paid++
    else await undo(order)
  }
  while (!signal.aborted) {
    const half = Math.floor(LEFT_FEN / 2)
    await raceNow(random.chance(0.6) ? random.int(half + 1, LEFT_FEN) : random.int(1, half))
    await sleep(AGAIN_MS, undefined, { signal }).catch(() => {})
  }

  /**
   * With a code that the phone draws and one that is issued. If the phone has no fresh one at the moment,
   * with two that are issued for the one-card account: while it is being asked, neither ends the other.
   */
  async function raceNow(listFen: number): Promise<void> {
    const drawn = await drawUnused()
    const account = drawn ? 'wallet' : 'one_card'
    const first = drawn ?? (await actor.issueCode(person, account))
    const second = await actor.issueCode(person, account)
    if (!first || !second) return
    const codes = [first, second]
    const orders = codes.map(() => actor.newOrder())
    await Promise.all(
      codes.map(async (code, i) => {
        const [order, core] = [orders[i], cores[i % cores.length]]
        if (order && core) await terminals.ask({ verb: 'pay', order, listFen, code }, core)
      }),
    )
    for (const order of orders) await undo(order)
  }

  /** Until it is certain, so that the limit has the same room again. */
  async function undo(order: Order): Promise<void> {
    while (!signal.aborted) {
      const reply = await terminals.ask({ verb: 'reverse', order }, random.pick(cores))
      if (reply.outcome !== 'info') return
      await sleep(random.int(0, 50))
    }
  }

  /** A phone makes one code in ten seconds, and the next one pays ten seconds early. */
  async function drawUnused(): Promise<Code | undefined> {
    for (const stepsAgo of [0, -1]) {
      const code = await phones.drawCode(person, 'wallet', stepsAgo)
      if (code && !used.has(code.number)) {
        used.add(code.number)
        return code
      }
    }
    return undefined
  }
}
