import { firmRefusal, paymentIn } from './answers.ts'
import type {
  Call,
  ConfirmSend,
  History,
  MovementRow,
  Order,
  PaymentRow,
  PaySend,
} from './read-history.ts'

export type PayCall = Call & { send: PaySend }
export type ConfirmCall = Call & { send: ConfirmSend }

export function payCalls(order: Order): PayCall[] {
  return order.calls.filter((call): call is PayCall => call.send.verb === 'pay')
}

export function confirmCalls(order: Order): ConfirmCall[] {
  return order.calls.filter((call): call is ConfirmCall => call.send.verb === 'confirm')
}

/** What a payment asks for: the same text is the same content (R33). */
export function contentOf({ send }: PayCall): string {
  return `${send.listFen} fen by code ${send.code}`
}

/** A row that a payment made; without a payer it is the tombstone of a reversal. */
export function hasContent(row: PaymentRow): boolean {
  return row.person_id !== null
}

/** The phone was asked for the password (R23). */
export function hasWaited(row: PaymentRow): row is PaymentRow & { confirm_by: string } {
  return row.confirm_by !== null
}

/** Confirmations that may have decided the order: not turned away for good, and no mere repeat. */
export function findConfirmers(history: History, order: Order): ConfirmCall[] {
  return confirmCalls(order).filter(
    (call) => firmRefusal(call) === undefined && !repeatsAnswered(history, call),
  )
}

/**
 * The calls that may have made the order's row: those with its content that were not turned away
 * for good. An identical repeat of a call that was answered before makes nothing.
 */
export function findMakers(history: History, order: Order): PayCall[] {
  const { row } = order
  if (!row || !hasContent(row)) return []
  return payCalls(order).filter((call) => {
    const { send } = call
    const code = history.codes.get(send.code)
    if (!code || code.personId !== row.person_id || code.account !== row.account) return false
    if (code.madeBy.kind === 'device' && code.madeBy.deviceId !== row.device_id) return false
    if (send.listFen !== row.list_fen) return false
    const error = firmRefusal(call)
    if (error && error !== 'ORDER_REVERSED' && error !== row.refusal) return false
    return !repeatsAnswered(history, call)
  })
}

function repeatsAnswered({ calls }: History, { send, sentAt }: Call): boolean {
  const first = send.repeats === undefined ? undefined : calls.get(send.repeats)
  if (!first || first.repliedAt > sentAt) return false
  return first.reply?.outcome === 'refused' && firmRefusal(first) !== undefined
}

/** The one code by which the order's row was made; undefined when several might be. */
export function codeOf(history: History, order: Order): number | undefined {
  const codes = new Set(findMakers(history, order).map(({ send }) => send.code))
  const [code] = codes
  return codes.size === 1 ? code : undefined
}

/** Who saw this order as paid, first. */
export function firstSeenPaid(order: Order): Call | undefined {
  return order.calls
    .filter((call) => paymentIn(call)?.status === 'PAID')
    .sort((a, b) => a.repliedAt - b.repliedAt)[0]
}

/** The payment's posting into the books, if there is one. */
export function paymentPosting(order: Order) {
  return order.postings.find(({ kind }) => kind === 'payment')
}

/** The order's debit outside; a movement has the payment's own id. */
export function indexMovements(history: History): Map<string, MovementRow> {
  return new Map(history.ledger.movements.map((row) => [row.movement_id, row]))
}
