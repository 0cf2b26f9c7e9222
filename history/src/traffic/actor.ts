import { setTimeout as sleep } from 'node:timers/promises'
import type { Account } from '@campus-ecode/protocol/shapes'
import type { Approvals } from '../clients/approvals.ts'
import type { Passwords } from '../clients/passwords.ts'
import type { Code, Phones } from '../clients/phones.ts'
import type { CoreWire } from '../clients/signed-http.ts'
import type { Order, SentCall, Terminals, Wish } from '../clients/terminals.ts'
import type { Transfers } from '../clients/transfers.ts'
import type { Ways } from '../clients/ways.ts'
import type { Replied } from '../diary-writer.ts'
import type { Random } from '../random.ts'
import type { Kind, Person, World } from '../world.ts'
import type { Behind } from './behind-the-ways.ts'

/** Where everything takes place, and with whom. */
export interface Stage {
  world: World
  phones: Phones
  terminals: Terminals
  transfers: Transfers
  approvals: Approvals
  passwords: Passwords
  ways: Ways
  /** What stands behind the other ways. */
  behind: Behind
  /** Of bathers, by person. */
  bathNos: ReadonlyMap<string, string>
  cores: readonly CoreWire[]
  /** Calls that may come again, much later. */
  memory: SentCall[]
}

/** One who makes customers pay, with choices and order numbers of its own. */
export type Actor = ReturnType<typeof createActor>

/** List prices by whom they are asked of; who has a payment password is asked for more elsewhere. */
const PRICES: Partial<Record<Kind, [number, number]>> = {
  plenty: [1, 3_000],
  spender: [9_000, 21_000],
  short: [300, 2_500],
  poor: [900, 3_600],
  oneCard: [200, 2_600],
  edge: [8_000, 15_000],
}
const MEMORY_MAX = 400

export function createActor(stage: Stage, random: Random, name: string) {
  const { world, phones, terminals, cores, memory } = stage
  let orders = 0
  let refunds = 0

  return {
    ...stage,
    random,
    pickPerson,
    newOrder,
    newRefundNo: () => `${name}-f${++refunds}`,
    priceFor,
    accountOf,
    issueCode,
    getCode,
    ask,
    remind,
    payPersistently,
    followUp,
  }

  function pickPerson(...kinds: Kind[]): Person {
    const wanted = random.pick(kinds)
    return random.pick(world.people.filter(({ kind }) => kind === wanted))
  }

  function newOrder(till = random.pick(world.tills)): Order {
    return { till, orderNo: `${name}-${++orders}` }
  }

  function priceFor({ kind }: Person): number {
    const range = PRICES[kind]
    if (!range) throw new RangeError(`${kind} has no prices`)
    return random.int(...range)
  }

  function accountOf(person: Person): Account {
    return person.hasWallet && random.chance(0.9) ? 'wallet' : 'one_card'
  }

  function issueCode(person: Person, account: Account): Promise<Code | undefined> {
    return phones.issueCode(person, account, random.pick(cores))
  }

  async function getCode(person: Person, account: Account): Promise<Code | undefined> {
    const drawn = random.chance(0.4) ? await phones.drawCode(person, account) : undefined
    return drawn ?? issueCode(person, account)
  }

  function ask(wish: Wish, patienceMs?: number, core = random.pick(cores)): Promise<Replied> {
    return terminals.ask(wish, core, {
      ...(patienceMs !== undefined && { patienceMs }),
      onSent: remind,
    })
  }

  /** Some calls are thought of again, much later. */
  function remind(sent: SentCall): void {
    if (sent.wish.verb === 'query' || sent.wish.verb === 'queryRefund') return
    if (memory.length < MEMORY_MAX) memory.push(sent)
    else memory[random.int(0, memory.length - 1)] = sent
  }

  /** As a till does: the same again after a moment, then questions, and at last perhaps a reversal. */
  async function payPersistently(order: Order, listFen: number, code: Code): Promise<Replied> {
    const wish: Wish = { verb: 'pay', order, listFen, code }
    let last: SentCall | undefined
    let reply: Replied = { outcome: 'info', why: 'not sent' }
    const patienceMs = random.chance(0.2) ? random.int(30, 400) : 6_000
    for (let attempt = 0; attempt < 5; attempt++) {
      const core = random.pick(cores)
      const onSent = (sent: SentCall) => {
        last = sent
        remind(sent)
      }
      reply =
        last && random.chance(0.2)
          ? await terminals.repeat(last, core, { patienceMs })
          : await terminals.ask(wish, core, { patienceMs, onSent })
      if (reply.outcome !== 'info') break
      await sleep(random.chance(0.7) ? random.int(0, 5) : random.int(50, 600))
    }
    return followUp(order, reply)
  }

  async function followUp(order: Order, first: Replied): Promise<Replied> {
    let reply = first
    for (let looks = 0; looks < 4 && isOpen(reply); looks++) {
      await sleep(random.int(20, 700))
      reply = await ask({ verb: 'query', order })
    }
    if (isOpen(reply) && random.chance(0.4)) return ask({ verb: 'reverse', order })
    return reply
  }
}

/** The terminal does not know yet how its order ends. */
function isOpen(reply: Replied): boolean {
  if (reply.outcome === 'info') return true
  if (reply.outcome !== 'ok' || !('payment' in reply)) return false
  const { status } = reply.payment
  return status !== 'PAID' && status !== 'REFUSED' && status !== 'REVERSED'
}
