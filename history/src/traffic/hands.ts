import { setTimeout as sleep } from 'node:timers/promises'
import type { BillEntry } from '@campus-ecode/protocol/bill'
import type { ErrorCode } from '@campus-ecode/protocol/errors'
import type { Payment } from '@campus-ecode/protocol/payments'
import type { Account } from '@campus-ecode/protocol/shapes'
import type { Keypad } from '../clients/passwords.ts'
import type { CoreWire } from '../clients/signed-http.ts'
import type { Order, SentCall, Wish } from '../clients/terminals.ts'
import type { Replied } from '../diary-writer.ts'
import type { Person } from '../world.ts'
import type { Actor } from './actor.ts'

/** List prices that ask for the password in every class, and that no single limit forbids. */
export const ASKS_FEN: [number, number] = [22_500, 39_000]
const TRIES_MAX = 4

/** An order that a till is waiting for. */
export interface Waiting {
  person: Person
  order: Order
  paymentId: string
  confirmByMs: number
}

/** One with the approval to pay it. */
export interface Approved extends Waiting {
  approvalId: string
}

/** What tills and phones do about a payment that waits for the password, each until it is answered. */
export function createHands(actor: Actor) {
  const { phones, passwords, terminals, cores, random, ask, newOrder } = actor
  const pickCore = () => random.pick(cores)

  return {
    scan,
    scanAndApprove,
    open,
    approve,
    enter,
    confirm,
    decline,
    reverse,
    clearUp,
    unlock,
    whileWatched,
    atOnce,
  }

  async function unlock(person: Person): Promise<void> {
    for (let tries = 0; tries < 3 * TRIES_MAX; tries++) {
      const keypad = await passwords.open(person, { kind: 'unlock_card' }, pickCore())
      const approvalId = keypad && (await enter(keypad))
      if (approvalId !== undefined) {
        const reply = await passwords.unlockCard(person, approvalId, pickCore())
        if (reply.outcome === 'ok') return
      }
      await sleep(random.int(20, 300))
    }
  }

  /** A till scans a code, until it knows that the order waits. */
  async function scan(
    person: Person,
    how: { listFen?: number; isRevealed?: boolean; account?: Account } = {},
  ): Promise<Waiting | undefined> {
    const { listFen = random.int(...ASKS_FEN), isRevealed = false } = how
    const account = how.account ?? (random.chance(0.85) ? 'wallet' : 'one_card')
    const code = isRevealed
      ? await phones.issueCode(person, account, pickCore(), true)
      : await actor.getCode(person, account)
    if (!code) return undefined
    const order = newOrder()
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const reply = await ask({ verb: 'pay', order, listFen, code })
      if (reply.outcome === 'info') continue
      if (reply.outcome !== 'ok' || !('payment' in reply)) return undefined
      const { status, paymentId, confirmBy } = reply.payment
      if (status !== 'AWAITING_PASSWORD' || confirmBy === null) return undefined
      return { person, order, paymentId, confirmByMs: Date.parse(confirmBy) }
    }
    return undefined
  }

  async function scanAndApprove(...how: Parameters<typeof scan>): Promise<Approved | undefined> {
    const waiting = await scan(...how)
    return waiting && approve(waiting)
  }

  function open({ person, paymentId }: Waiting): Promise<Keypad | undefined> {
    return passwords.open(person, { kind: 'pay', paymentId }, pickCore())
  }

  /** By the right password, on as many keypads as it takes. */
  async function approve(waiting: Waiting): Promise<Approved | undefined> {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const keypad = await open(waiting)
      const approvalId = keypad && (await enter(keypad))
      if (approvalId !== undefined) return { ...waiting, approvalId }
      await sleep(random.int(20, 300))
    }
    return undefined
  }

  /** Types the right password, again when no answer comes. @returns The approval. */
  async function enter(keypad: Keypad): Promise<string | undefined> {
    const { approvalId } = keypad.page
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const { outcome } = await passwords.enter(keypad, true, pickCore())
      if (outcome === 'ok') return approvalId
      if ((await passwords.stateOf(keypad, pickCore())) === 'approved') return approvalId
      if (outcome === 'refused') return undefined
      await sleep(random.int(20, 300))
    }
    return undefined
  }

  /** As a page does: again until it is answered, now and then by the very bytes. */
  async function confirm(approved: Approved, core?: CoreWire): Promise<Replied> {
    const { order, person, paymentId, approvalId } = approved
    const wish: Wish = { verb: 'confirm', order, person, paymentId, approvalId }
    const patienceMs = random.chance(0.2) ? random.int(10, 300) : undefined
    let last: SentCall | undefined
    let reply: Replied = { outcome: 'info', why: 'not sent' }
    for (let tries = 0; tries < TRIES_MAX && reply.outcome === 'info'; tries++) {
      const where = (tries === 0 && core) || pickCore()
      const onSent = (sent: SentCall) => {
        last = sent
        actor.remind(sent)
      }
      const options = { onSent, ...(patienceMs !== undefined && { patienceMs }) }
      if (tries > 0) await sleep(random.chance(0.7) ? random.int(0, 5) : random.int(50, 400))
      reply =
        last && random.chance(0.3)
          ? await terminals.repeat(last, where, options)
          : await terminals.ask(wish, where, options)
    }
    return reply
  }

  async function decline({ order, person, paymentId }: Waiting): Promise<Replied> {
    let reply: Replied = { outcome: 'info', why: 'not sent' }
    for (let tries = 0; tries < TRIES_MAX && reply.outcome === 'info'; tries++) {
      reply = await ask({ verb: 'decline', order, person, paymentId })
    }
    return reply
  }

  /** The till asks all the while, and once more in the end. */
  async function whileWatched<T>({ order }: Waiting, work: () => Promise<T>): Promise<T> {
    let isOver = false
    const watching = (async () => {
      while (!isOver) {
        await ask({ verb: 'query', order })
        await sleep(random.int(30, 400))
      }
    })()
    const done = await work()
    isOver = true
    await watching
    return done
  }

  /** Most of what was paid comes back, or nobody would have anything left to pay with. */
  async function clearUp({ order }: Waiting): Promise<void> {
    const payment = paymentOf(await ask({ verb: 'query', order }))
    if (payment?.status === 'PAID' && random.chance(0.15)) {
      const amountFen = random.int(1, payment.amountFen ?? 1)
      await ask({ verb: 'refund', order, refundNo: actor.newRefundNo(), amountFen })
    } else if (payment?.status !== 'REFUSED' && random.chance(0.7)) await reverse(order)
  }

  async function reverse(order: Order): Promise<void> {
    for (let tries = 0; tries < 3 * TRIES_MAX; tries++) {
      const reply = await ask({ verb: 'reverse', order })
      if (reply.outcome !== 'info') return
      await sleep(random.int(0, 200))
    }
  }

  /** Within a few milliseconds of each other. */
  function atOnce<T>(...works: (() => Promise<T>)[]): Promise<T[]> {
    return Promise.all(
      works.map(async (work) => {
        await sleep(random.int(0, 6))
        return work()
      }),
    )
  }
}

export function entryOf(reply: Replied | undefined): BillEntry | undefined {
  return reply?.outcome === 'ok' && 'entry' in reply ? reply.entry : undefined
}

export function paymentOf(reply: Replied | undefined): Payment | undefined {
  return reply?.outcome === 'ok' && 'payment' in reply ? reply.payment : undefined
}

/** Why the order was refused, as phone or till were told. */
export function refusalIn(reply: Replied | undefined): ErrorCode | undefined {
  return (entryOf(reply) ?? paymentOf(reply))?.refusal?.code
}

export function isPaid(reply: Replied | undefined): boolean {
  return entryOf(reply)?.status === 'PAID'
}

export function isRefused(reply: Replied | undefined, error: ErrorCode): boolean {
  return reply?.outcome === 'refused' && reply.error === error
}
