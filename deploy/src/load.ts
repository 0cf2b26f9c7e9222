import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { createTerminal, type Terminal } from '@campus-ecode/terminal'
import { type Member, members } from './campus.ts'
import { createPhone, type Phone } from './phone.ts'
import type { Topology } from './topology.ts'

/** What a till was told, and so what must be true. */
export interface Told {
  orderNo: string
  cardNo: string
  amountFen: number
  /** `open`: patience ended before the answer was clear. */
  outcome: 'paid' | 'refused' | 'reversed' | 'open'
  paymentId?: string
  code?: string
}

export interface Load {
  readonly told: readonly Told[]
  /** Calls of phones and tills that failed on the way, by the phase they were in. */
  readonly failed: Readonly<Record<string, number>>
  readonly calls: Readonly<Record<string, number>>
  /** Between the till's answer and the phone's event, in milliseconds; below zero: the phone was first. */
  readonly heardAfterMs: readonly number[]
  phase: string
  /** Orders that a till has sent and heard nothing of. */
  readonly underWay: number
  /** Repeats orders as they were sent, and says which got another answer than the first time. */
  repeat(count: number): Promise<string[]>
  /** Asks about every order that was left open, until it is clear. */
  settle(): Promise<void>
  stop(): Promise<void>
}

const BETWEEN = 'between two'
const PATIENCE_MS = 60_000
/** A call that is lost fails at once; one on a machine that is busy has not failed. */
const CALL_MS = 30_000

/** Every lane is one person at one till: a code by the BFF, a payment at the core, the event on the phone. */
export async function startLoad(topology: Topology, pauseMs: number): Promise<Load> {
  const { demo } = topology
  const told: Told[] = []
  const sent = new Map<string, { till: Terminal; amountFen: number; code: string }>()
  const failed: Record<string, number> = {}
  const calls: Record<string, number> = {}
  const heardAfterMs: number[] = []
  const paidAt = new Map<string, number>()
  const heardAt = new Map<string, number>()
  const stopping = new AbortController()
  const { signal } = stopping
  const tills: Terminal[] = []
  const load = { phase: 'calm', underWay: 0 }
  // Every lane's stream and pause ends by it.
  setMaxListeners(0, signal)

  const count = (into: Record<string, number>) => {
    into[load.phase] = (into[load.phase] ?? 0) + 1
    return load.phase
  }
  /** What was sent in one phase and failed in the next belongs to neither. */
  const countFailed = (sentIn: string) => {
    const phase = sentIn === load.phase ? sentIn : BETWEEN
    failed[phase] = (failed[phase] ?? 0) + 1
  }
  const meet = (paymentId: string) => {
    const [paid, heard] = [paidAt.get(paymentId), heardAt.get(paymentId)]
    if (paid === undefined || heard === undefined) return
    heardAfterMs.push(heard - paid)
    paidAt.delete(paymentId)
  }

  async function draw(phone: Phone, member: Member): Promise<string | undefined> {
    while (!signal.aborted) {
      const phase = count(calls)
      const code = await phone.issueCode(member.paysBy === 'one_card' ? 'one_card' : 'wallet')
      if (typeof code === 'object') return code.code
      countFailed(phase)
      await sleep(100)
    }
    return undefined
  }

  async function pay(till: Terminal, member: Member, code: string): Promise<void> {
    const order = { orderNo: randomUUID(), amountFen: 100 + Math.floor(Math.random() * 900), code }
    sent.set(order.orderNo, { till, ...order })
    const base = { orderNo: order.orderNo, cardNo: member.cardNo, amountFen: order.amountFen }
    const phase = count(calls)
    load.underWay++
    const answer = await till.pay(order).finally(() => load.underWay--)
    const isClear = answer.kind === 'answered' && answer.body.status === 'PAID'
    if (answer.kind === 'unknown' || (answer.kind === 'refused' && answer.retryable)) {
      countFailed(phase)
    }
    const outcome = isClear
      ? ({ outcome: 'paid', payment: answer.body } as const)
      : await till.payAndSettle({ ...order, patienceMs: PATIENCE_MS })
    if (outcome.outcome === 'paid') {
      const { paymentId } = outcome.payment
      told.push({ ...base, outcome: 'paid', paymentId })
      paidAt.set(paymentId, performance.now())
      meet(paymentId)
    } else if (outcome.outcome === 'refused') {
      told.push({ ...base, outcome: 'refused', code: outcome.code })
    } else {
      told.push({ ...base, outcome: outcome.outcome === 'reversed' ? 'reversed' : 'open' })
    }
  }

  const lanes = members.map(async (member, i) => {
    const terminal = demo.terminals[i]
    if (!terminal) throw new Error('there are fewer tills than people')
    const till = createTerminal({ ...terminal, coreUrl: demo.coreUrl, callMs: CALL_MS })
    tills.push(till)
    const phone = await createPhone(demo, member.cardNo)
    const listening = phone.listen(({ data }) => {
      if (data.type !== 'payment' || data.entry.status !== 'PAID') return
      heardAt.set(data.entry.entryId, performance.now())
      meet(data.entry.entryId)
    }, signal)
    while (!signal.aborted) {
      const code = await draw(phone, member)
      if (code) await pay(till, member, code)
      await sleep(pauseMs * (0.5 + Math.random()), undefined, { signal }).catch(() => {})
    }
    await listening
  })

  return Object.assign(load, {
    told,
    failed,
    calls,
    heardAfterMs,
    async repeat(count: number) {
      const differing: string[] = []
      for (const { orderNo, outcome, paymentId } of told.slice(-count)) {
        const { till, amountFen, code } = sent.get(orderNo) ?? {}
        if (!till || amountFen === undefined || code === undefined || outcome !== 'paid') continue
        // Cores may still be looking for the database: what is not clear is asked again.
        const order = { orderNo, amountFen, code, patienceMs: PATIENCE_MS }
        const again = await till.payAndSettle(order)
        const isSame = again.outcome === 'paid' && again.payment.paymentId === paymentId
        if (!isSame) differing.push(orderNo)
      }
      return differing
    },
    async settle() {
      for (const open of told.filter(({ outcome }) => outcome === 'open')) {
        const { till, amountFen, code } = sent.get(open.orderNo) ?? {}
        if (!till || amountFen === undefined || code === undefined) continue
        const outcome = await till.payAndSettle({ orderNo: open.orderNo, amountFen, code })
        open.outcome = outcome.outcome === 'unknown' ? 'open' : outcome.outcome
        if (outcome.outcome === 'paid') open.paymentId = outcome.payment.paymentId
      }
    },
    async stop() {
      stopping.abort()
      await Promise.all(lanes)
      await Promise.all(tills.map((till) => till.close()))
    },
  })
}
