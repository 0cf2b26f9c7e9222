import { setTimeout as sleep } from 'node:timers/promises'
import type { ErrorCode } from '@campus-ecode/protocol/errors'
import type { Account } from '@campus-ecode/protocol/shapes'
import type { Code, Phones } from './clients/phones.ts'
import type { CoreWire } from './clients/signed-http.ts'
import type { Order, SentCall, Terminals, Wish } from './clients/terminals.ts'
import type { Replied } from './diary-writer.ts'
import type { Random } from './random.ts'
import type { Kind, Person, World } from './world.ts'

/** What everybody does who takes part. */
export interface Stage {
  world: World
  phones: Phones
  terminals: Terminals
  cores: readonly CoreWire[]
}

/** Lanes of customers that go on beside each other. */
const LANES = 14
const PAUSE_MS_MAX = 25
/** Between two races of all terminals for one code. */
const GREAT_RACE_EVERY_MS = 3_500

/** List prices by whom they are asked of; beyond ¥200 nobody may pay at once. */
const PRICES: Record<Kind, [number, number]> = {
  plenty: [1, 3_000],
  spender: [9_000, 21_000],
  short: [300, 2_500],
  poor: [900, 3_600],
  oneCard: [200, 2_600],
}

const PLAYS = {
  sale: 20,
  shortSale: 16,
  oneCardSale: 12,
  burst: 10,
  smallRace: 6,
  twoCodes: 16,
  reversal: 16,
  refund: 12,
  oldCode: 5,
  remember: 12,
}

/** Lets people pay until the signal, with all that goes wrong at tills and on the way. */
export async function runTraffic(stage: Stage, random: Random, signal: AbortSignal): Promise<void> {
  const memory: SentCall[] = []
  const lanes = Array.from({ length: LANES }, async (_, i) => {
    const actor = createActor(stage, random.fork(`lane ${i}`), `h${i}`, memory)
    while (!signal.aborted) {
      await actor.play()
      await sleep(actor.random.int(0, PAUSE_MS_MAX))
    }
  })
  lanes.push(createActor(stage, random.fork('rehearsal'), 'x', memory).rehearse())
  const racer = createActor(stage, random.fork('races'), 'r', memory)
  while (!signal.aborted) {
    await racer.race(stage.world.tills.length)
    await sleep(GREAT_RACE_EVERY_MS, undefined, { signal }).catch(() => {})
  }
  await Promise.all(lanes)
}

interface Actor {
  random: Random
  /** One customer, or one mishap. */
  play(): Promise<void>
  /** One code at so many terminals at once, of all cores. */
  race(terminalCount: number): Promise<void>
  /** What chance might leave out on a slow machine: each thing until it has been seen. */
  rehearse(): Promise<void>
}

const REHEARSALS_MAX = 25

function createActor(stage: Stage, random: Random, name: string, memory: SentCall[]): Actor {
  const { world, phones, terminals, cores } = stage
  let orders = 0
  let refunds = 0

  const plays: Record<keyof typeof PLAYS, () => Promise<unknown>> = {
    sale: () => sell(pickPerson('plenty', 'plenty', 'spender')),
    shortSale: () => sell(pickPerson('short')),
    oneCardSale: () => sell(pickPerson('oneCard', 'plenty', 'short'), 'one_card'),
    burst,
    smallRace: () => race(random.int(2, 5)),
    twoCodes,
    reversal,
    refund,
    oldCode,
    remember,
  }
  return { random, play: async () => void (await plays[random.weighted(PLAYS)]()), race, rehearse }

  function pickPerson(...kinds: Kind[]): Person {
    const wanted = random.pick(kinds)
    return random.pick(world.people.filter(({ kind }) => kind === wanted))
  }

  function newOrder(till = random.pick(world.tills)): Order {
    return { till, orderNo: `${name}-${++orders}` }
  }

  function priceFor({ kind }: Person): number {
    return random.int(...PRICES[kind])
  }

  function accountOf(person: Person): Account {
    return person.hasWallet && random.chance(0.9) ? 'wallet' : 'one_card'
  }

  async function getCode(person: Person, account: Account): Promise<Code | undefined> {
    const drawn = random.chance(0.4) ? await phones.drawCode(person, account) : undefined
    return drawn ?? phones.issueCode(person, account, random.pick(cores))
  }

  function ask(wish: Wish, patienceMs?: number): Promise<Replied> {
    return terminals.ask(wish, random.pick(cores), {
      ...(patienceMs !== undefined && { patienceMs }),
      onSent: remind,
    })
  }

  /** Some calls are thought of again, much later. */
  function remind(sent: SentCall): void {
    if (sent.wish.verb === 'query' || sent.wish.verb === 'queryRefund') return
    if (memory.length < 400) memory.push(sent)
    else memory[random.int(0, memory.length - 1)] = sent
  }

  async function sell(person: Person, account = accountOf(person)): Promise<Order | undefined> {
    const code = await getCode(person, account)
    if (!code) return undefined
    const order = newOrder()
    await payPersistently(order, priceFor(person), code)
    return order
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

  /** One order many times at once, of which some say something else. */
  async function burst(): Promise<void> {
    const person = pickPerson('plenty', 'short', 'poor')
    const account = accountOf(person)
    const [code, other] = [await getCode(person, account), await getCode(person, account)]
    if (!code || !other) return
    const order = newOrder()
    const listFen = priceFor(person)
    const wish: Wish = { verb: 'pay', order, listFen, code }
    const sent: SentCall[] = []
    await Promise.all(
      Array.from({ length: random.int(2, 6) }, async (_, i) => {
        await sleep(i === 0 ? 0 : random.int(0, 5))
        const [first] = sent
        if (first && random.chance(0.3)) return terminals.repeat(first, random.pick(cores))
        const changed: Wish = random.chance(0.5)
          ? { ...wish, listFen: listFen + random.int(1, 50) }
          : { ...wish, code: other }
        return terminals.ask(random.chance(0.25) && i > 0 ? changed : wish, random.pick(cores), {
          onSent: (call) => sent.push(call),
        })
      }),
    )
    await ask({ ...wish, listFen: listFen + 1 })
    await followUp(order, await ask({ verb: 'query', order }))
  }

  async function race(terminalCount: number): Promise<void> {
    const person = pickPerson('plenty', 'plenty', 'short', 'oneCard')
    const account = accountOf(person)
    const code = await getCode(person, account)
    if (!code) return
    const listFen = priceFor(person)
    const tills = random.shuffle(world.tills).slice(0, terminalCount)
    await Promise.all(
      tills.map(async (till, i) => {
        const core = cores[i % cores.length]
        if (!core) return
        const order = newOrder(till)
        const wish: Wish = { verb: 'pay', order, listFen, code }
        const reply = await terminals.ask(wish, core, { onSent: remind })
        if (reply.outcome === 'info') await followUp(order, reply)
      }),
    )
  }

  /** A phone's own code and issued ones of the same person at once: limits and funds bind. */
  async function twoCodes(): Promise<void> {
    const person = pickPerson('poor', 'poor', 'spender', 'spender', 'short')
    const codes = await Promise.all([
      phones.drawCode(person, 'wallet'),
      phones.issueCode(person, 'wallet', random.pick(cores)),
      random.chance(0.3) ? phones.issueCode(person, 'wallet', random.pick(cores)) : undefined,
    ])
    const listFen = priceFor(person)
    const paid = await Promise.all(
      codes.map(async (code, i) => {
        const core = cores[i % cores.length]
        if (!code || !core) return undefined
        const order = newOrder()
        await sleep(random.int(0, 2))
        const wish: Wish = { verb: 'pay', order, listFen, code }
        const reply = await terminals.ask(wish, core, { onSent: remind })
        return reply.outcome === 'ok' ? order : undefined
      }),
    )
    // What was spent comes back now and then, or nobody would have anything left to race for.
    for (const order of paid) {
      if (order && random.chance(person.kind === 'poor' ? 0.85 : 0.5)) {
        await ask({ verb: 'reverse', order })
      }
    }
  }

  async function reversal(): Promise<void> {
    const person = pickPerson('plenty', 'short', 'oneCard', 'spender')
    const code = await getCode(person, accountOf(person))
    if (!code) return
    const order = newOrder()
    const pay: Wish = { verb: 'pay', order, listFen: priceFor(person), code }
    const reverse: Wish = { verb: 'reverse', order }
    const when = random.weighted({ before: 2, during: 5, after: 4, afterGivingUp: 3, never: 1 })
    if (when === 'before') {
      await ask(reverse)
      await ask(pay)
    } else if (when === 'during') {
      const undo = async () => {
        await sleep(random.int(0, 12))
        return ask(reverse)
      }
      await Promise.all([ask(pay), undo(), ...(random.chance(0.3) ? [undo()] : [])])
    } else if (when === 'after') {
      await payPersistently(order, pay.listFen, code)
      await ask(reverse)
    } else if (when === 'afterGivingUp') {
      await ask(pay, random.int(2, 60))
      await ask(reverse)
    } else {
      await ask(reverse)
    }
    if (random.chance(0.5)) await ask(reverse)
    if (random.chance(0.4)) await ask(pay)
    await followUp(order, await ask({ verb: 'query', order }))
  }

  async function refund(): Promise<void> {
    const person = pickPerson('plenty', 'plenty', 'short', 'oneCard', 'spender')
    const code = await getCode(person, accountOf(person))
    if (!code) return
    const order = newOrder()
    const reply = await payPersistently(order, priceFor(person), code)
    const paidFen = reply.outcome === 'ok' && 'payment' in reply ? reply.payment.amountFen : 0
    if (!paidFen) return
    const refundNo = `${name}-f${++refunds}`
    const amountFen = random.int(1, paidFen)
    const wish: Wish = { verb: 'refund', order, refundNo, amountFen }
    const sent: SentCall[] = []
    const options = { onSent: (call: SentCall) => sent.push(call) }
    await Promise.all(
      Array.from({ length: random.int(1, 3) }, async (_, i) => {
        await sleep(i === 0 ? 0 : random.int(0, 5))
        const [first] = sent
        if (first && random.chance(0.4)) return terminals.repeat(first, random.pick(cores))
        return terminals.ask(wish, random.pick(cores), options)
      }),
    )
    const next = random.weighted({
      other: 4,
      changed: 3,
      tooMuch: 2,
      reverse: 2,
      query: 2,
      same: 2,
    })
    if (next === 'other') {
      await ask({ ...wish, refundNo: `${name}-f${++refunds}`, amountFen: random.int(1, paidFen) })
    } else if (next === 'changed') {
      await ask({ ...wish, amountFen: amountFen + 1 })
    } else if (next === 'tooMuch') {
      await ask({ ...wish, refundNo: `${name}-f${++refunds}`, amountFen: paidFen + 1 })
    } else if (next === 'reverse') {
      await ask({ verb: 'reverse', order })
    } else if (next === 'query') {
      await ask({ verb: 'queryRefund', order, refundNo })
    } else {
      await ask(wish)
    }
    await ask({ verb: 'query', order })
  }

  async function rehearse(): Promise<void> {
    const spenders = world.people.filter(({ kind }) => kind === 'spender')
    for (const person of random.shuffle(spenders).slice(0, 3)) {
      // Leaves a day's limit that the next purchase or the one after it would break.
      await until('OVER_DAILY_LIMIT', () => spend(person, random.int(15_000, 17_000)))
    }
    await until('OVER_SINGLE_LIMIT', () => spend(pickPerson('spender'), 25_000))
    await until('INSUFFICIENT_FUNDS', () => spend(pickPerson('poor'), 3_900))
    await until('CODE_NOT_YET_VALID', () => spend(pickPerson('spender'), 100, -3))
    await until('CODE_EXPIRED', () => spend(pickPerson('spender'), 100, 7))
    for (const account of ['wallet', 'one_card'] as const) {
      await until('REFUND_NO_REUSED', async () => {
        const person = pickPerson('plenty')
        const code = await phones.issueCode(person, account, random.pick(cores))
        if (!code) return undefined
        const order = newOrder()
        await payPersistently(order, 1_000, code)
        const wish = { verb: 'refund', order, refundNo: `${name}-f${++refunds}` } as const
        await ask({ ...wish, amountFen: 300 })
        return ask({ ...wish, amountFen: 301 })
      })
    }
    await until('SIGNATURE_REPLAYED', async () => {
      const order = newOrder()
      let sent: SentCall | undefined
      const onSent = (call: SentCall) => {
        sent = call
      }
      await terminals.ask({ verb: 'reverse', order }, random.pick(cores), { onSent })
      return sent && terminals.repeat(sent, random.pick(cores))
    })
    await until('ORDER_REVERSED', async () => {
      const order = newOrder()
      const code = await phones.issueCode(pickPerson('plenty'), 'wallet', random.pick(cores))
      await ask({ verb: 'reverse', order })
      return code && ask({ verb: 'pay', order, listFen: 500, code })
    })
  }

  async function until(error: ErrorCode, act: () => Promise<Replied | undefined>): Promise<void> {
    for (let tries = 0; tries < REHEARSALS_MAX; tries++) {
      const reply = await act()
      if (reply?.outcome === 'refused' && reply.error === error) return
    }
  }

  /** One purchase, with an issued code or one of so many steps ago. */
  async function spend(person: Person, listFen: number, stepsAgo?: number) {
    const code =
      stepsAgo === undefined
        ? await phones.issueCode(person, 'wallet', random.pick(cores))
        : await phones.drawCode(person, 'wallet', stepsAgo)
    return code && payPersistently(newOrder(), listFen, code)
  }

  /** Codes at the edges of their time, and one that was used already. */
  async function oldCode(): Promise<void> {
    const person = pickPerson('plenty', 'spender')
    const stepsAgo = random.pick([-3, -2, -1, 4, 5, 6, 6, 7, 9])
    const code = await phones.drawCode(person, 'wallet', stepsAgo)
    if (!code) return
    const listFen = random.int(1, 500)
    await ask({ verb: 'pay', order: newOrder(), listFen, code })
    await ask({ verb: 'pay', order: newOrder(), listFen, code })
  }

  /** Something that was sent a while ago comes again: the same, the same bytes, or something else. */
  async function remember(): Promise<void> {
    if (memory.length === 0) return
    const sent = random.pick(memory)
    const { wish } = sent
    const how = random.weighted({ same: 4, bytes: 4, changed: 2, query: 2, reverse: 1 })
    const { order } = wish
    if (how === 'same') await terminals.ask(wish, random.pick(cores))
    else if (how === 'bytes') await terminals.repeat(sent, random.pick(cores))
    else if (how === 'query') await ask({ verb: 'query', order })
    else if (how === 'reverse') await ask({ verb: 'reverse', order })
    else if (wish.verb === 'pay') await ask({ ...wish, listFen: wish.listFen + 1 })
    else if (wish.verb === 'refund') await ask({ ...wish, amountFen: wish.amountFen + 1 })
  }
}

/** The terminal does not know yet how its order ends. */
function isOpen(reply: Replied): boolean {
  if (reply.outcome === 'info') return true
  if (reply.outcome !== 'ok' || !('payment' in reply)) return false
  const { status } = reply.payment
  return status === 'PROCESSING' || status === 'UNKNOWN' || status === 'REVERSING'
}
