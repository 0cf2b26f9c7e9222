import type { Payment, PayRequest } from '@campus-ecode/protocol/payments'
import type { Answer, Refused } from './answer.ts'
import { createLastWord, type PayOutcome, toRefusal } from './outcomes.ts'
import { createPayPatience, type PayWaits } from './pay-patience.ts'
import type { OrderCalls } from './terminal.ts'

export type PayAndSettle = PayRequest &
  PayWaits & {
    /** Hears the order each time the core says that it is still open, so that the till can show why. */
    onOpen?: ((payment: Payment) => void) | undefined
  }

/** What the next call is. */
type Step = 'pay' | 'query' | 'reverse'

/**
 * Pays, and does not come back before the outcome is clear or patience has ended (R33).
 *
 * A call without a believable answer leads to a query. An order that the core does not know is sent
 * again under its number, which cannot pay twice. One that is under way is asked about. One that
 * awaits the payer's password is left alone for as long as that may take: nothing is wrong yet.
 */
export async function payAndSettle(
  calls: OrderCalls,
  { patienceMs, reverseAfterMs, passwordWaitMs, onOpen, ...request }: PayAndSettle,
): Promise<PayOutcome> {
  const { orderNo } = request
  const patience = createPayPatience({ patienceMs, reverseAfterMs, passwordWaitMs })
  const lastWord = createLastWord<Payment>(orderNo)
  let step: Step = 'pay'
  let mayReverse = true
  /** A request of ours may still be on its way to the core. */
  let unanswered = false
  /** The core refused a repeat of such a request. */
  let refused: Refused | undefined

  for (;;) {
    const answer: Answer<Payment> = await send(calls, step, request, patience.callMs())
    lastWord.hear(answer)
    let waitMs = 0
    let atOnce = false
    if (answer.kind === 'answered' && !isAbout(answer.body, request)) {
      // The number stands for another payment; `pay` is refused then, and says so.
      mayReverse = false
      step = 'pay'
    } else if (answer.kind === 'answered') {
      const outcome = readPayment(answer.body, refused)
      if (outcome) return outcome
      patience.hear(answer.body)
      onOpen?.(answer.body)
      if (step === 'pay') step = 'query'
    } else if (answer.kind === 'unknown') {
      unanswered ||= step === 'pay' && answer.reason !== 'NOT_SENT'
      if (unanswered && step === 'pay') step = 'query'
    } else if (answer.retryable && patience.lastsFor(waitOf(answer))) {
      waitMs = waitOf(answer)
    } else if (step === 'pay') {
      // The number stands for another payment, so there is nothing of ours to look for.
      if (!unanswered || answer.code === 'ORDER_NO_REUSED') return toRefusal(orderNo, answer)
      // Our earlier request could still arrive and pay what the till has called refused.
      refused = answer
      atOnce = true
      step = 'query'
    } else if (step === 'query' && answer.code === 'ORDER_NOT_FOUND') {
      // Undoing an order that never arrived keeps it from arriving later.
      step = refused ? 'reverse' : 'pay'
      atOnce = true
    } else if (step === 'reverse') {
      mayReverse = false
      step = 'query'
    }
    if (atOnce) continue
    if (lastWord.isHopeless()) return lastWord.toOpen()
    const next = await patience.pause(waitMs)
    if (!next) return lastWord.toOpen()
    if (mayReverse && next === 'reverse') step = 'reverse'
  }
}

function waitOf({ retryAfterSeconds = 1 }: Refused): number {
  return retryAfterSeconds * 1000
}

function send(calls: OrderCalls, step: Step, request: PayRequest, callMs: number) {
  if (step === 'pay') return calls.pay(request, callMs)
  if (step === 'query') return calls.query(request.orderNo, callMs)
  return calls.reverse(request.orderNo, callMs)
}

/** The list price tells at least some orders apart; a reversal that came first has none. */
function isAbout({ listFen }: Payment, { amountFen }: PayRequest): boolean {
  return listFen === null || listFen === amountFen
}

/** @param refused What the core said of a repeat; a reversal then only makes that final. */
function readPayment(payment: Payment, refused: Refused | undefined): PayOutcome | undefined {
  const { orderNo, status, refusal } = payment
  if (status === 'PAID') return { outcome: 'paid', orderNo, payment }
  if (status === 'REFUSED' && refusal) return { outcome: 'refused', orderNo, ...refusal }
  if (status !== 'REVERSED') return undefined
  return refused ? toRefusal(orderNo, refused) : { outcome: 'reversed', orderNo, payment }
}
