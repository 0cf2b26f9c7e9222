import type { Payment, Refund } from '@campus-ecode/protocol/payments'
import {
  firmRefusal,
  isAnswered,
  isStoredRefusal,
  leavesNothing,
  paymentIn,
  refundIn,
} from '../answers.ts'
import type { Problem } from '../finding.ts'
import { contentOf, payCalls } from '../order-facts.ts'
import type { Call, History, Order } from '../read-history.ts'

/**
 * R33: repeating changes nothing. All answers about one order tell the same payment, and about one
 * refund number the same refund; only how far it has come may differ. A byte-identical repeat is
 * told the order, or that its nonce was seen.
 */
export function sameContentSameAnswer(history: History): Problem[] {
  return [...history.orders.values()].flatMap((order) => {
    const what = new Set([
      ...comparePayments(order),
      ...compareEnds(order),
      ...compareRefunds(order),
      ...findFalseReuse(order),
      ...order.calls.flatMap((call) => checkRepeat(history, call)),
    ])
    return [...what].map((one) => ({ what: one, about: { orders: [order.key] } }))
  })
}

function comparePayments({ calls }: Order): string[] {
  const payments = calls.map(paymentIn).filter((payment) => payment !== undefined) as Payment[]
  const facts = payments.map(({ orderNo, paymentId, listFen, amountFen, createdAt, ...more }) => ({
    orderNo,
    paymentId,
    listFen,
    amountFen,
    createdAt,
    rule: JSON.stringify(more.rule),
    payer: JSON.stringify(more.payer),
    // Told once money has moved or the order is refused; till then not known.
    channel: more.channel ?? undefined,
    // While it waits; the time is set once (R23).
    confirmBy: more.confirmBy ?? undefined,
    refusal: more.refusal?.code,
  }))
  return differences(facts)
}

function compareRefunds({ calls }: Order): string[] {
  const refunds = calls.map(refundIn).filter((refund) => refund !== undefined) as Refund[]
  return [...new Set(refunds.map(({ refundNo }) => refundNo))].flatMap((no) => {
    const told = refunds.filter(({ refundNo }) => refundNo === no)
    return differences(
      told.map(({ orderNo, amountFen, channel, createdAt, status }) => ({
        orderNo,
        amountFen,
        channel,
        createdAt,
        end: status === 'PROCESSING' ? undefined : status,
      })),
    )
  })
}

/** One order ends one way, whoever asks; a refused payment is refused for the same reason each time. */
function compareEnds(order: Order): string[] {
  const ends = new Set<string>()
  for (const call of order.calls) {
    const payment = paymentIn(call)
    if (payment?.status === 'PAID') ends.add('paid')
    if (payment?.refusal) ends.add(payment.refusal.code)
    const error = call.send.verb === 'pay' ? firmRefusal(call) : undefined
    if (error && isStoredRefusal(error)) ends.add(error)
  }
  return ends.size > 1 ? [`an order ended as ${[...ends].join(', and as ')}`] : []
}

function differences(told: Record<string, unknown>[]): string[] {
  const names = new Set(told.flatMap((one) => Object.keys(one)))
  return [...names].flatMap((name) => {
    const values = new Set(told.map((one) => one[name]).filter((value) => value !== undefined))
    return values.size > 1 ? [`${name} was answered as ${[...values].join(', and as ')}`] : []
  })
}

/** Content that was taken, or is the only one there ever was, cannot be "other content". */
function findFalseReuse(order: Order): string[] {
  const calls = payCalls(order)
  const contents = new Set(calls.map(contentOf))
  const taken = new Set(calls.filter(isAccepting).map(contentOf))
  return calls
    .filter((call) => firmRefusal(call) === 'ORDER_NO_REUSED')
    .filter((call) => contents.size === 1 || taken.has(contentOf(call)))
    .map((call) => `call ${call.send.call} repeats its order and was told it is another`)
}

function isAccepting(call: Call): boolean {
  const error = firmRefusal(call)
  return paymentIn(call) !== undefined || (error !== undefined && isStoredRefusal(error))
}

/** docs/core-api.md, "Repeats": nonces are remembered for three minutes, across processes and crashes. */
function checkRepeat({ calls }: History, call: Call): string[] {
  const { send, sentAt, reply } = call
  const first = send.repeats === undefined ? undefined : calls.get(send.repeats)
  if (!first || first.repliedAt > sentAt || !isAnswered(first) || !reply) return []
  if (send.verb.startsWith('query')) return []
  if (send.verb === 'pay') {
    const error = firmRefusal(call)
    return error && leavesNothing(error)
      ? [`call ${send.call} repeats ${first.send.call} byte by byte and was judged anew: ${error}`]
      : []
  }
  return isAnswered(call)
    ? [`call ${send.call} repeats ${first.send.call} byte by byte and was carried out again`]
    : []
}
