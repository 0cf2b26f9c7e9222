import { entryIn, firmRefusal } from './answers.ts'
import {
  type ConfirmCall,
  confirmCalls,
  hasContent,
  hasWaited,
  paymentPosting,
} from './order-facts.ts'
import type { Call, History, Order, PaymentRow } from './read-history.ts'

type WaitedRow = PaymentRow & { confirm_by: string }

/** What a run must have seen of payments that wait for the password (R23), by how often it did. */
export const waitingHappenings: Record<string, (history: History) => number> = {
  'core killed between a confirmation and its reply': (h) =>
    countWitnesses(h, 'killed-after-confirmation'),
  'connection cut between a confirmation and its reply': (h) =>
    countWitnesses(h, 'cut-after-confirmation'),
  'paid by password from a wallet': (h) => countWaited(h, (row) => isPaid(row, 'wallet')),
  'paid by password outside': (h) =>
    countWaited(h, (row) => isPaid(row, 'bank_card') || isPaid(row, 'one_card')),
  'paid by password for digits that were shown': (h) =>
    countWaited(h, (row) => row.paid_at !== null && (row.amount_fen ?? 0) < 2_000),
  'wrong password first': (h) => countWaited(h, (row, order) => wasWrongFirst(h, row, order)),
  'declined at the phone': (h) => countRefused(h, 'PASSWORD_DECLINED'),
  'time for the password over': (h) => countRefused(h, 'PASSWORD_TIMED_OUT'),
  'late confirmation turned away': (h) =>
    countWaited(h, (row, order) =>
      confirmCalls(order).some(
        (call) =>
          call.send.atMs > Date.parse(row.confirm_by) &&
          firmRefusal(call) === 'PAYMENT_NOT_WAITING' &&
          row.refusal === 'PASSWORD_TIMED_OUT',
      ),
    ),
  'confirmation that won against a reversal': (h) =>
    countWaited(h, (_, order) => paymentPosting(order) !== undefined && wasRaced(order)),
  'confirmation that lost against a reversal': (h) =>
    countWaited(h, ({ status, channel }, order) => {
      return status === 'REVERSED' && channel === null && wasRaced(order)
    }),
  'two phones that confirmed at once': (h) =>
    countWaited(h, (row, order) => {
      const calls = confirmCalls(order)
      const isOther = (one: ConfirmCall) => (other: ConfirmCall) =>
        one.send.approvalId !== other.send.approvalId && isAtOnce(one, other)
      return row.paid_at !== null && calls.some((one) => calls.some(isOther(one)))
    }),
  'confirmation repeated and answered': (h) =>
    countWaited(h, (_, order) => {
      const answered = confirmCalls(order).filter((call) => entryIn(call))
      return answered.some((one) => answered.some((other) => one.repliedAt < other.sentAt))
    }),
  'confirmed though the reply was lost': (h) => countWaited(h, wasConfirmedUnheard),
  'approval tried for another order': (h) =>
    countWaited(h, (row, order) =>
      confirmCalls(order).some(
        (call) => firmRefusal(call) === 'APPROVAL_INVALID' && isForAnother(h, call, row.payment_id),
      ),
    ),
  'card locked while an order waited': (h) => countRefused(h, 'CARD_LOCKED'),
  'balance gone while an order waited': (h) => countRefused(h, 'INSUFFICIENT_FUNDS'),
  'day full while an order waited': (h) =>
    countWaited(h, (row) => row.paid_at !== null && wasDayFull(h, row)),
}

function countWitnesses({ lines }: History, saw: string): number {
  return lines.filter((line) => line.line === 'witness' && line.saw === saw).length
}

function countWaited({ orders }: History, is: (row: WaitedRow, order: Order) => boolean): number {
  return [...orders.values()].filter((order) => {
    const { row } = order
    return row !== undefined && hasWaited(row) && is(row, order)
  }).length
}

function countRefused(history: History, refusal: string): number {
  return countWaited(history, (row) => row.refusal === refusal)
}

function isPaid({ status, channel }: PaymentRow, by: string): boolean {
  return status === 'PAID' && channel === by
}

function isAtOnce(one: Call, other: Call): boolean {
  return one.sentAt < other.repliedAt && other.sentAt < one.repliedAt
}

function wasWrongFirst({ entries }: History, row: WaitedRow, order: Order): boolean {
  if (row.paid_at === null) return false
  const own = new Set(confirmCalls(order).map(({ send }) => send.approvalId))
  return entries.some(
    ({ send, reply }) =>
      own.has(send.approvalId) && reply?.outcome === 'refused' && reply.error === 'PASSWORD_WRONG',
  )
}

/** Of the first confirmation and a reversal each was sent before the other one was answered. */
function wasRaced(order: Order): boolean {
  const [first] = confirmCalls(order)
  const reversals = order.calls.filter(({ send }) => send.verb === 'reverse')
  return first !== undefined && reversals.some((reversal) => isAtOnce(first, reversal))
}

function wasConfirmedUnheard(row: WaitedRow, order: Order): boolean {
  const [first] = confirmCalls(order)
  if (first?.reply?.outcome !== 'info') return false
  const next = order.calls.find((call) => call.sentAt > first.repliedAt)
  return next !== undefined && row.paid_at !== null && Date.parse(row.paid_at) < next.send.atMs
}

function isForAnother({ approvals }: History, { send }: ConfirmCall, paymentId: string): boolean {
  const action = approvals.get(send.approvalId)?.action
  return action?.kind === 'pay' && action.paymentId !== paymentId
}

/** Another order of the person met the limit between the scan and the payment. */
function wasDayFull({ orders }: History, row: WaitedRow): boolean {
  return [...orders.values()].some(
    ({ row: other }) =>
      other?.refusal === 'OVER_DAILY_LIMIT' &&
      hasContent(other) &&
      other.person_id === row.person_id &&
      row.created_at < other.created_at &&
      other.created_at < (row.paid_at ?? ''),
  )
}
