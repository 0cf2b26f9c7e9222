import { setTimeout as sleep } from 'node:timers/promises'
import type { SentCall, Wish } from '../clients/terminals.ts'
import type { Person } from '../world.ts'
import type { Actor } from './actor.ts'
import { moveMoney } from './move-money.ts'

/** How often each is chosen. */
export const PLAYS = {
  sale: 20,
  shortSale: 16,
  oneCardSale: 12,
  burst: 10,
  smallRace: 6,
  twoCodes: 16,
  reversal: 16,
  refund: 12,
  undoOutside: 8,
  oldCode: 5,
  shownCodes: 6,
  remember: 12,
  moveMoney: 24,
}
export type Play = keyof typeof PLAYS

/** One customer, or one mishap, each. */
export function createPlays(actor: Actor): Record<Play, () => Promise<unknown>> {
  const { phones, terminals, cores, random } = actor
  const { pickPerson, newOrder, priceFor, accountOf, getCode, ask, payPersistently, followUp } =
    actor

  return {
    sale: () => sell(pickPerson('plenty', 'plenty', 'spender')),
    shortSale: () => sell(pickPerson('short')),
    oneCardSale: () => sell(pickPerson('oneCard', 'plenty', 'short'), 'one_card'),
    burst,
    smallRace: () => raceForCode(actor, random.int(2, 5)),
    twoCodes,
    reversal,
    refund,
    undoOutside,
    oldCode,
    shownCodes,
    remember,
    moveMoney: () => moveMoney(actor),
  }

  async function sell(person: Person, account = accountOf(person)): Promise<void> {
    const code = await getCode(person, account)
    if (!code) return
    const order = newOrder()
    await payPersistently(order, priceFor(person), code)
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

  /** A phone's own code and issued ones of the same person at once: limits and funds bind. */
  async function twoCodes(): Promise<void> {
    const person = pickPerson('poor', 'poor', 'spender', 'spender', 'short')
    const codes = await Promise.all([
      phones.drawCode(person, 'wallet'),
      actor.issueCode(person, 'wallet'),
      random.chance(0.3) ? actor.issueCode(person, 'wallet') : undefined,
    ])
    const listFen = priceFor(person)
    const paid = await Promise.all(
      codes.map(async (code, i) => {
        const core = cores[i % cores.length]
        if (!code || !core) return undefined
        const order = newOrder()
        await sleep(random.int(0, 2))
        const wish: Wish = { verb: 'pay', order, listFen, code }
        const reply = await terminals.ask(wish, core, { onSent: actor.remind })
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

  /** A reversal that comes while the one-card system is being asked. */
  async function undoOutside(): Promise<void> {
    const person = pickPerson('oneCard')
    const code = await getCode(person, 'one_card')
    if (!code) return
    const order = newOrder()
    const undo = async () => {
      await sleep(random.int(1, 40))
      return ask({ verb: 'reverse', order })
    }
    await Promise.all([ask({ verb: 'pay', order, listFen: priceFor(person), code }), undo()])
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
    const refundNo = actor.newRefundNo()
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
      await ask({ ...wish, refundNo: actor.newRefundNo(), amountFen: random.int(1, paidFen) })
    } else if (next === 'changed') {
      await ask({ ...wish, amountFen: amountFen + 1 })
    } else if (next === 'tooMuch') {
      await ask({ ...wish, refundNo: actor.newRefundNo(), amountFen: paidFen + 1 })
    } else if (next === 'reverse') {
      await ask({ verb: 'reverse', order })
    } else if (next === 'query') {
      await ask({ verb: 'queryRefund', order, refundNo })
    } else {
      await ask(wish)
    }
    await ask({ verb: 'query', order })
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

  /** Two codes that are on display together, one after the other: the second has died with the first. */
  async function shownCodes(): Promise<void> {
    const person = pickPerson('plenty', 'spender')
    const isDrawn = random.chance(0.4) && phones.hasDevice(person)
    const show = (stepsAgo: number) =>
      isDrawn ? phones.drawCode(person, 'wallet', stepsAgo) : actor.issueCode(person, 'wallet')
    const [first, second] = [await show(3), await show(1)]
    if (!first || !second) return
    await payPersistently(newOrder(), random.int(1, 500), first)
    await ask({ verb: 'pay', order: newOrder(), listFen: random.int(1, 500), code: second })
  }

  /** Something that was sent a while ago comes again: the same, the same bytes, or something else. */
  async function remember(): Promise<void> {
    if (actor.memory.length === 0) return
    const sent = random.pick(actor.memory)
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

/** One code at so many terminals at once, of all cores. */
export async function raceForCode(actor: Actor, terminalCount: number): Promise<void> {
  const { world, terminals, cores, random } = actor
  const person = actor.pickPerson('plenty', 'plenty', 'short', 'oneCard')
  const account = actor.accountOf(person)
  const code = await actor.getCode(person, account)
  if (!code) return
  const listFen = actor.priceFor(person)
  const tills = random.shuffle(world.tills).slice(0, terminalCount)
  await Promise.all(
    tills.map(async (till, i) => {
      const core = cores[i % cores.length]
      if (!core) return
      const order = actor.newOrder(till)
      const wish: Wish = { verb: 'pay', order, listFen, code }
      const reply = await terminals.ask(wish, core, { onSent: actor.remind })
      if (reply.outcome === 'info') await actor.followUp(order, reply)
    }),
  )
}
