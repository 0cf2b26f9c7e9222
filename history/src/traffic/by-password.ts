import { setTimeout as sleep } from 'node:timers/promises'
import type { Order } from '../clients/terminals.ts'
import type { Replied } from '../diary-writer.ts'
import type { Kind, Person } from '../world.ts'
import type { Actor } from './actor.ts'
import type { Lenders } from './borrow-person.ts'
import { ASKS_FEN, createHands, entryOf, isPaid, isRefused, refusalIn } from './hands.ts'

/** How often each is chosen, of payments that wait for the password at the phone (R23). */
export const WAITING_PLAYS = {
  confirmed: 14,
  shownDigits: 6,
  wrongFirst: 6,
  declined: 6,
  ignored: 5,
  late: 8,
  racedByReversal: 16,
  racedByDecline: 5,
  twoPhones: 8,
  twice: 8,
  otherApproval: 6,
  drained: 6,
  dayFull: 6,
  cardLocked: 6,
}
export type WaitingPlay = keyof typeof WAITING_PLAYS

/** What is to be seen of them in each run, and in which play. */
export const TO_BE_SEEN = {
  'paid by wallet': 'confirmed',
  'paid outside': 'confirmed',
  'paid for shown digits': 'shownDigits',
  'paid after a wrong password': 'wrongFirst',
  declined: 'declined',
  'timed out': 'ignored',
  'turned away late': 'late',
  'won against a reversal': 'racedByReversal',
  'lost against a reversal': 'racedByReversal',
  'two phones answered': 'twoPhones',
  'repeat answered': 'twice',
  'other approval refused': 'otherApproval',
  'balance gone': 'drained',
  'day full': 'dayFull',
  'card locked': 'cardLocked',
} satisfies Record<string, WaitingPlay>
export type Seen = keyof typeof TO_BE_SEEN

type Sight = Promise<Seen | undefined>

/**
 * One payment that waits, each, of somebody who is with nobody else meanwhile. Resolves with what was
 * seen, if it is something that a run is to show.
 */
export function createWaitingPlays(
  actor: Actor,
  { lend }: Lenders,
): Record<WaitingPlay, () => Sight> {
  const { passwords, cores, random, ask, newOrder } = actor
  const hands = createHands(actor)
  const { scan, scanAndApprove, open, approve, enter, confirm, decline, reverse, clearUp } = hands
  const { unlock, whileWatched, atOnce } = hands
  const pickCore = () => random.pick(cores)
  const play = (kinds: Kind[], work: (person: Person) => Sight) => lend(random, kinds, work)

  return {
    confirmed: () => play(['careful', 'carded'], confirmed),
    shownDigits: () => play(['careful', 'carded'], shownDigits),
    wrongFirst: () => play(['careful'], wrongFirst),
    declined: () => play(['careful', 'carded'], declined),
    ignored: () => play(['careful', 'carded', 'tight'], ignored),
    late: () => play(['careful', 'carded'], late),
    racedByReversal: () => play(['careful', 'careful', 'carded'], racedByReversal),
    racedByDecline: () => play(['careful'], racedByDecline),
    twoPhones: () => play(['careful', 'carded'], twoPhones),
    twice: () => play(['careful', 'carded'], twice),
    otherApproval: () => play(['careful'], otherApproval),
    drained: () => play(['tight'], drained),
    dayFull: () => play(['tight'], dayFull),
    cardLocked: () => play(['careful'], cardLocked),
  }

  async function confirmed(person: Person): Sight {
    const waiting = await scan(person)
    if (!waiting) return undefined
    const entry = await whileWatched(waiting, async () => {
      const approved = await approve(waiting)
      return approved && entryOf(await confirm(approved))
    })
    await clearUp(waiting)
    if (entry?.status !== 'PAID') return undefined
    return entry.channel === 'wallet' ? 'paid by wallet' : 'paid outside'
  }

  /** Whoever shows the digits of a code is asked for the password, whatever the amount. */
  async function shownDigits(person: Person): Sight {
    const approved = await scanAndApprove(person, {
      listFen: random.int(1, 900),
      isRevealed: true,
    })
    if (!approved) return undefined
    const reply = await confirm(approved)
    if (random.chance(0.3)) await reverse(approved.order)
    return isPaid(reply) ? 'paid for shown digits' : undefined
  }

  async function wrongFirst(person: Person): Sight {
    const waiting = await scan(person)
    const keypad = waiting && (await open(waiting))
    if (!keypad) return undefined
    let refusals = 0
    for (let wrong = random.int(1, 2); wrong > 0; wrong--) {
      const reply = await passwords.enter(keypad, false, pickCore())
      if (reply.outcome === 'refused' && reply.error === 'PASSWORD_WRONG') refusals++
    }
    const approvalId = await enter(keypad)
    const reply = approvalId === undefined ? undefined : await confirm({ ...waiting, approvalId })
    await clearUp(waiting)
    return refusals > 0 && isPaid(reply) ? 'paid after a wrong password' : undefined
  }

  /** Said twice now and then; some confirm all the same, by an approval that they have already. */
  async function declined(person: Person): Sight {
    const waiting = await scan(person)
    if (!waiting) return undefined
    const approved = random.chance(0.5) ? await approve(waiting) : undefined
    const reply = await whileWatched(waiting, () => decline(waiting))
    if (random.chance(0.4)) await decline(waiting)
    if (approved) await confirm(approved)
    await clearUp(waiting)
    return refusalIn(reply) === 'PASSWORD_DECLINED' ? 'declined' : undefined
  }

  /** Nobody answers, though some have typed the password already. */
  async function ignored(person: Person): Sight {
    const waiting = await scan(person)
    if (!waiting) return undefined
    await whileWatched(waiting, async () => {
      if (random.chance(0.3)) await approve(waiting)
      await sleepUntil(waiting.confirmByMs + random.int(0, 1_500))
    })
    const reply = await ask({ verb: 'query', order: waiting.order })
    if (random.chance(0.2)) await reverse(waiting.order)
    return refusalIn(reply) === 'PASSWORD_TIMED_OUT' ? 'timed out' : undefined
  }

  /** About when the time is over. */
  async function late(person: Person): Sight {
    const approved = await scanAndApprove(person)
    if (!approved) return undefined
    await sleepUntil(approved.confirmByMs + random.int(-60, 600))
    const reply = await confirm(approved)
    if (isRefused(reply, 'PAYMENT_NOT_WAITING')) return 'turned away late'
    await clearUp(approved)
    return undefined
  }

  /** The cashier gives up at the moment at which the password is right. */
  async function racedByReversal(person: Person): Sight {
    const approved = await scanAndApprove(person)
    if (!approved) return undefined
    const [here, there] = random.shuffle(cores)
    const [reply, undone] = await atOnce(
      async () => {
        await sleep(random.pick([0, 0, 3, 8]))
        return confirm(approved, here)
      },
      () => ask({ verb: 'reverse', order: approved.order }, undefined, there),
      ...(random.chance(0.3) ? [() => confirm(approved, there)] : []),
    )
    if (random.chance(0.5)) await confirm(approved)
    await reverse(approved.order)
    if (isRefused(reply, 'PAYMENT_NOT_WAITING')) {
      // Or its time was over.
      return wasReversed(undone) ? 'lost against a reversal' : undefined
    }
    return entryOf(reply) && 'won against a reversal'
  }

  async function racedByDecline(person: Person): Sight {
    const approved = await scanAndApprove(person)
    if (!approved) return undefined
    await atOnce<unknown>(
      () => confirm(approved),
      () => decline(approved),
    )
    await clearUp(approved)
    return undefined
  }

  /** Two sessions of one person, each with an approval of its own. */
  async function twoPhones(person: Person): Sight {
    const waiting = await scan(person)
    if (!waiting) return undefined
    const phonesApproved = await Promise.all([approve(waiting), approve(waiting)])
    const replies = await atOnce(
      ...phonesApproved.map((approved, i) => async () => {
        return approved && confirm(approved, cores[i % cores.length])
      }),
    )
    await clearUp(waiting)
    return replies.every(isPaid) ? 'two phones answered' : undefined
  }

  /** One page asks again and again, also the very bytes, and once more when all is over. */
  async function twice(person: Person): Sight {
    const approved = await scanAndApprove(person)
    if (!approved) return undefined
    const times = random.int(2, 4)
    const replies = await atOnce(...Array.from({ length: times }, () => () => confirm(approved)))
    const again = await confirm(approved)
    if (random.chance(0.5)) await clearUp(approved)
    await confirm(approved)
    return replies.some(isPaid) && isPaid(again) ? 'repeat answered' : undefined
  }

  /** What was approved for a small order is tried for a great one. */
  async function otherApproval(person: Person): Sight {
    const [least, most] = ASKS_FEN
    const small = await scanAndApprove(person, { listFen: least + random.int(0, 99) })
    const great = small && (await scan(person, { listFen: most - random.int(0, 99) }))
    if (!great) return undefined
    const reply = await confirm({ ...great, approvalId: small.approvalId })
    await confirm(small)
    const own = random.chance(0.5) ? await approve(great) : undefined
    if (own) await confirm(own)
    await clearUp(small)
    await clearUp(great)
    return isRefused(reply, 'APPROVAL_INVALID') ? 'other approval refused' : undefined
  }

  /** Other payments take so much of the balance that it does not cover the one that waits. */
  async function drained(person: Person): Sight {
    const { reply } = await payBeside(person, 35_500, 17_000)
    return refusalIn(reply) === 'INSUFFICIENT_FUNDS' ? 'balance gone' : undefined
  }

  /** Other payments come to the day's limit, which the one that waits counts against already. */
  async function dayFull(person: Person): Sight {
    const { reply, isFull } = await payBeside(person, 22_500, 19_000)
    return isFull && isPaid(reply) ? 'day full' : undefined
  }

  /** Up to three others, one after the other, while the first one waits. */
  async function payBeside(person: Person, waitingFen: number, besideFen: number) {
    const waiting = await scan(person, { listFen: waitingFen, account: 'wallet' })
    if (!waiting) return {}
    const others: Order[] = []
    let isFull = false
    const payOthers = async () => {
      for (let count = 0; count < 3; count++) {
        const code = await actor.issueCode(person, 'wallet')
        if (!code) continue
        const order = newOrder()
        others.push(order)
        const reply = await ask({ verb: 'pay', order, listFen: besideFen, code })
        isFull ||= isRefused(reply, 'OVER_DAILY_LIMIT')
      }
    }
    const [approved] = await Promise.all([approve(waiting), payOthers()])
    const reply = approved && (await confirm(approved))
    for (const order of [waiting.order, ...others]) await reverse(order)
    return { reply, isFull }
  }

  /** The card is reported lost while its order waits, or at the moment of the confirmation. */
  async function cardLocked(person: Person): Sight {
    const approved = await scanAndApprove(person)
    if (!approved) return undefined
    const lock = () => passwords.lockCard(person, pickCore())
    if (random.chance(0.6)) await lock()
    const [reply] = await atOnce<Replied | undefined>(
      () => confirm(approved),
      async () => void (await lock()),
    )
    await clearUp(approved)
    await unlock(person)
    return refusalIn(reply) === 'CARD_LOCKED' ? 'card locked' : undefined
  }
}

function sleepUntil(atMs: number): Promise<void> {
  return sleep(Math.max(0, atMs - Date.now()))
}

function wasReversed(reply: Replied | undefined): boolean {
  return reply?.outcome === 'ok' && 'payment' in reply && reply.payment.status === 'REVERSED'
}
