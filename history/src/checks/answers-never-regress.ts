import { type OrderState, refundIn, statesTold } from '../answers.ts'
import type { Problem } from '../finding.ts'
import type { Call, History, Order } from '../read-history.ts'

// docs/core-api.md, "For terminals: orders": what may be said after what.
const ends = ['PAID', 'REFUSED', 'REVERSING', 'REVERSED'] as const
const mayFollow: Record<OrderState, readonly OrderState[]> = {
  NONE: ['NONE', 'AWAITING_PASSWORD', 'PROCESSING', 'UNKNOWN', ...ends],
  AWAITING_PASSWORD: ['AWAITING_PASSWORD', 'PROCESSING', 'UNKNOWN', ...ends],
  PROCESSING: ['PROCESSING', 'UNKNOWN', ...ends],
  UNKNOWN: ['UNKNOWN', ...ends],
  PAID: ['PAID', 'REVERSING', 'REVERSED'],
  REFUSED: ['REFUSED'],
  REVERSING: ['REVERSING', 'REVERSED'],
  REVERSED: ['REVERSED'],
}

/**
 * What was answered stays: an order is never unknown again, a final answer changes only by a
 * reversal. Held only between an answer and a call that was sent after it; of two calls at once
 * either may be the later one.
 */
export function answersNeverRegress(history: History): Problem[] {
  return [...history.orders.values()].flatMap((order) => {
    const what = [...compareOrders(order), ...compareRefunds(order)]
    return what.map((one) => ({ what: one, about: { orders: [order.key] } }))
  })
}

function compareOrders({ calls }: Order): string[] {
  const told = calls.flatMap((call) => {
    const states = statesTold(call)
    return states ? [{ call, states }] : []
  })
  return laterPairs(told).flatMap(([before, after]) => {
    const isPossible = before.states.some((was) =>
      after.states.some((is) => mayFollow[was].includes(is)),
    )
    if (isPossible) return []
    const [was, is] = [before, after].map(({ states }) => states.join(' or '))
    return [
      `${was} was answered to call ${before.call.send.call}, then ${is} to ${after.call.send.call}`,
    ]
  })
}

function compareRefunds({ calls }: Order): string[] {
  const told = calls.flatMap((call) => {
    const refund = refundIn(call)
    return refund ? [{ call, refund }] : []
  })
  return laterPairs(told)
    .filter(
      ([before, after]) =>
        before.refund.refundNo === after.refund.refundNo &&
        before.refund.status !== 'PROCESSING' &&
        before.refund.status !== after.refund.status,
    )
    .map(([before, after]) => `a refund was ${before.refund.status}, then ${after.refund.status}`)
}

/** Each answer with each later one: sent after the first was known. */
function laterPairs<T extends { call: Call }>(told: T[]): [T, T][] {
  return told.flatMap((after) =>
    told
      .filter((before) => before.call.repliedAt < after.call.sentAt)
      .map((before): [T, T] => [before, after]),
  )
}
