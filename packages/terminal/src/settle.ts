import type { Payment, Refund } from '@campus-ecode/protocol/payments'
import type { Answer } from './answer.ts'
import {
  createLastWord,
  type Open,
  type RefundOutcome,
  type Refusal,
  type ReverseOutcome,
  toRefusal,
} from './outcomes.ts'
import { createPatience } from './patience.ts'
import type { OrderCalls, RefundOrder } from './terminal.ts'

/** Undoes an order for good, repeating itself until that is certain or patience has ended (R33). */
export function reverseAndSettle(
  calls: OrderCalls,
  { orderNo, patienceMs }: { orderNo: string; patienceMs?: number | undefined },
): Promise<ReverseOutcome> {
  return settle(
    orderNo,
    patienceMs,
    (callMs) => calls.reverse(orderNo, callMs),
    // A refused order has moved nothing and never will: just as good.
    (payment: Payment) =>
      payment.status === 'REVERSED' || payment.status === 'REFUSED'
        ? { outcome: 'reversed', orderNo, payment }
        : undefined,
  )
}

/** Returns money, repeating itself under its refund number until that is certain (R33). */
export function refundAndSettle(
  calls: OrderCalls,
  { patienceMs, ...request }: RefundOrder & { patienceMs?: number | undefined },
): Promise<RefundOutcome> {
  const { orderNo } = request
  return settle(
    orderNo,
    patienceMs,
    (callMs) => calls.refund(request, callMs),
    (refund: Refund) =>
      refund.status === 'REFUNDED' ? { outcome: 'refunded', orderNo, refund } : undefined,
  )
}

/** For calls whose repeat gets the first answer again. */
async function settle<T, O>(
  orderNo: string,
  patienceMs = 45_000,
  call: (callMs: number) => Promise<Answer<T>>,
  decide: (body: T) => O | undefined,
): Promise<O | Refusal | Open<T>> {
  const patience = createPatience(patienceMs)
  const lastWord = createLastWord<T>(orderNo)
  for (;;) {
    const answer = await call(patience.callMs())
    lastWord.hear(answer)
    let waitMs = 0
    if (answer.kind === 'answered') {
      const outcome = decide(answer.body)
      if (outcome) return outcome
    } else if (answer.kind === 'refused') {
      waitMs = (answer.retryAfterSeconds ?? 1) * 1000
      if (!answer.retryable || !patience.lastsFor(waitMs)) return toRefusal(orderNo, answer)
    }
    if (lastWord.isHopeless() || !(await patience.pause(waitMs))) return lastWord.toOpen()
  }
}
