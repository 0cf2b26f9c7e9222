import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Subject } from '../clients/ways.ts'
import type { RepliedWay } from '../diary-writer.ts'
import type { Person } from '../world.ts'
import type { Actor } from './actor.ts'

const TRIES_MAX = 8
/** Top-ups to begin with, also where a machine is slow. */
const ROUNDS_MIN = 5
const PRICES_FEN: [number, number] = [50, 3_500]
/** Two of these are more than static codes may take of one person in a day. */
const GREAT_FEN = 29_000

/** What a phone does about a payment that it has begun and that waits for the password. */
export function createPhoneHands(actor: Actor) {
  const { ways, passwords, cores, random } = actor
  const pickCore = () => random.pick(cores)
  return { persist, confirm, decide }

  /** The same again until it is answered. */
  async function persist(ask: () => Promise<RepliedWay>): Promise<RepliedWay> {
    for (let tries = 1; ; tries++) {
      const reply = await ask()
      if (reply.outcome !== 'info' || tries === TRIES_MAX) return reply
      await sleep(random.int(0, 400))
    }
  }

  async function confirm(about: Subject, person: Person, paymentId: string): Promise<boolean> {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const keypad = await passwords.open(person, { kind: 'pay', paymentId }, pickCore())
      const typed = keypad && (await passwords.enter(keypad, true, pickCore()))
      if (keypad && typed?.outcome === 'ok') {
        const { approvalId } = keypad.page
        const wish = { paymentId, approvalId }
        const times = random.pick([1, 1, 2])
        const replies = await Promise.all(
          Array.from({ length: times }, () =>
            persist(() => ways.confirm(about, person, wish, pickCore())),
          ),
        )
        const [reply] = replies
        if (reply?.outcome === 'ok') return true
        if (reply?.outcome === 'refused' && reply.error === 'PAYMENT_NOT_WAITING') return false
      }
      await sleep(random.int(50, 300))
    }
    return false
  }

  /** Confirms it, or says no; nothing is left waiting, for it would wait for minutes. */
  async function decide(about: Subject, person: Person, paymentId: string): Promise<boolean> {
    const says = random.weighted({ yes: 8, no: 2, both: 1 })
    if (says === 'yes' && (await confirm(about, person, paymentId))) return true
    if (says === 'both') {
      const decline = () => persist(() => ways.decline(about, person, paymentId, pickCore()))
      const [paid] = await Promise.all([confirm(about, person, paymentId), decline()])
      return paid
    }
    await persist(() => ways.decline(about, person, paymentId, pickCore()))
    return false
  }
}

/**
 * Somebody at printed codes and at the utilities (R24, R39), one payment after the other: repeated, with other
 * words, two at once, at the day's ceiling of static codes.
 */
export async function payByPhone(actor: Actor, person: Person, signal: AbortSignal): Promise<void> {
  const { ways, cores, random, world } = actor
  const { persist, decide } = createPhoneHands(actor)
  const pickCore = () => random.pick(cores)
  const patience = () => (random.chance(0.2) ? random.int(30, 400) : 6_000)
  let count = 0

  await nearTheCeiling()
  for (let round = 0; !signal.aborted || round < ROUNDS_MIN; round++) {
    if (round < ROUNDS_MIN || random.chance(0.4)) await topUp()
    else await scanCode(random.int(...PRICES_FEN))
    await sleep(random.int(300, 1_500))
  }

  /** Two great ones at once: one of them, or the next, is too much. */
  async function nearTheCeiling(): Promise<void> {
    await Promise.all([scanCode(GREAT_FEN), scanCode(GREAT_FEN)])
  }

  async function scanCode(amountFen: number): Promise<void> {
    const till = random.pick(world.ways.tills)
    const paymentNo = `c-${person.id.slice(-6)}-${++count}`
    const wish = { paymentNo, amountFen }
    const begin = () => ways.payCollection(till, person, wish, pickCore(), patience())
    const replies = await Promise.all(
      Array.from({ length: random.pick([1, 1, 2]) }, () => persist(begin)),
    )
    if (random.chance(0.2)) {
      const changed = { paymentNo, amountFen: amountFen + 1 }
      await ways.payCollection(till, person, changed, pickCore())
    }
    const [reply] = replies
    if (reply?.outcome !== 'ok' || !reply.told.paymentId) return
    const about = { way: 'collection', subject: `${person.id}/${paymentNo}` } as const
    await decide(about, person, reply.told.paymentId)
    if (random.chance(0.3)) await begin()
  }

  async function topUp(): Promise<void> {
    const utility = random.pick(world.ways.utilities)
    const topUpId = randomUUID()
    const wish = { topUpId, amountFen: random.int(100, 2_000) }
    const begin = () => ways.topUpUtility(utility, person, wish, pickCore(), patience())
    const reply = await persist(begin)
    if (random.chance(0.15)) {
      const changed = { topUpId, amountFen: wish.amountFen + 1 }
      await ways.topUpUtility(utility, person, changed, pickCore())
    }
    if (reply.outcome !== 'ok' || !reply.told.paymentId) return
    const about = { way: 'utility', subject: topUpId } as const
    await decide(about, person, reply.told.paymentId)
    for (let looks = random.int(0, 3); looks > 0; looks--) {
      await ways.getTopUp(person, topUpId, pickCore())
      await sleep(random.int(20, 400))
    }
  }
}
