import { firmRefusal } from '../answers.ts'
import type { Problem } from '../finding.ts'
import { findMakers, hasContent } from '../order-facts.ts'
import type { History, Order } from '../read-history.ts'
import { isMaker } from '../transfer-facts.ts'

/** The database's clock and ours are the same machine's, read at different moments. */
const CLOCK_SLACK_MS = 50

const TRANSFER_KINDS = new Set(['top_up', 'withdrawal', 'withdrawal_posted', 'withdrawal_voided'])
/** Of a shower, which may cost nothing in the end. */
const HOLD_KINDS = new Set(['hold', 'release'])

/**
 * Every row of the books goes back to a call: orders to a payment with that content that was not
 * turned away for good, tombstones and reversals to a reversal, refunds to a refund of that number
 * and amount, transfers to a person who asked for just that. What people had at the start is the only
 * other money.
 */
export function nothingUnasked(history: History): Problem[] {
  const problems: Problem[] = []
  for (const order of history.orders.values()) {
    for (const what of checkOrder(history, order)) {
      problems.push({ what, about: { orders: [order.key] } })
    }
  }
  return [
    ...problems,
    ...checkPostings(history),
    ...checkTopUps(history),
    ...checkTransfers(history),
  ]
}

function checkOrder(history: History, order: Order): string[] {
  const { row, calls, refunds, postings } = order
  if (!row) return refunds.length > 0 ? ['a refund is of an order that is not there'] : []
  const problems: string[] = []
  const createdMs = Date.parse(row.created_at)
  const reversals = calls.filter((call) => call.send.verb === 'reverse' && !firmRefusal(call))
  const makers = hasContent(row) ? findMakers(history, order) : reversals
  if (makers.length === 0) {
    const made = hasContent(row) ? `${row.status} order of ${row.list_fen} fen` : 'tombstone'
    problems.push(`nobody asked for this ${made}, or whoever did was turned away`)
  } else if (makers.every(({ send }) => send.atMs > createdMs + CLOCK_SLACK_MS)) {
    problems.push('the order is older than the first call that asked for it')
  }
  const isReversed = row.status === 'REVERSED' || row.status === 'REVERSING'
  if (isReversed && reversals.length === 0) problems.push('nobody asked for the reversal')
  for (const refund of refunds) {
    const isAsked = calls.some((call) => {
      const { send } = call
      if (send.verb !== 'refund' || send.refundNo !== refund.refund_no) return false
      const error = firmRefusal(call)
      const isTaken = error === undefined || error === 'REFUND_DECLINED'
      return isTaken && send.amountFen === refund.amount_fen
    })
    if (!isAsked) problems.push(`nobody asked for a refund of ${refund.amount_fen} fen`)
  }
  const undone = postings.filter(({ kind }) => kind === 'reversal')
  if (undone.length > 0 && row.status !== 'REVERSED') {
    problems.push(`an order that is ${row.status} has the posting of a reversal`)
  }
  return problems
}

function checkPostings({ ledger }: History): Problem[] {
  const known = new Set(ledger.payments.map(({ payment_id }) => payment_id))
  return ledger.postings
    .filter(({ kind, payment_id }) =>
      TRANSFER_KINDS.has(kind) || HOLD_KINDS.has(kind)
        ? payment_id !== null
        : !known.has(payment_id ?? ''),
    )
    .map(({ transaction_id, person_id }) => ({
      what: `transaction ${transaction_id} is about no order`,
      about: { people: [person_id] },
    }))
}

function checkTopUps({ world, ledger, transfers }: History): Problem[] {
  const toppedUpFen = new Map(world.people.map(({ id }) => [id, 0]))
  for (const { kind, person_id, amount_fen, credit_account } of ledger.postings) {
    if (kind !== 'top_up' || credit_account !== `wallet/${person_id}`) continue
    toppedUpFen.set(person_id, (toppedUpFen.get(person_id) ?? 0) + amount_fen)
  }
  for (const { row } of transfers.values()) {
    if (row?.kind !== 'top_up' || row.outcome !== 'succeeded') continue
    toppedUpFen.set(row.person_id, (toppedUpFen.get(row.person_id) ?? 0) - row.amount_fen)
  }
  return world.people
    .filter(({ id, walletFen }) => toppedUpFen.get(id) !== walletFen)
    .map(({ id, walletFen }) => ({
      what: `a wallet that began with ${walletFen} fen was topped up by ${toppedUpFen.get(id)}`,
      about: { people: [id] },
    }))
}

/** A withdrawal is nobody's but a person's; a top-up may also be what somebody began with. */
function checkTransfers({ ledger, transfers }: History): Problem[] {
  return ledger.movements
    .filter(({ kind }) => kind === 'withdrawal' || kind === 'top_up')
    .filter(({ movement_id, kind, person_id, amount_fen }) => {
      const story = transfers.get(movement_id)
      if (!story) return kind === 'withdrawal'
      return !story.calls.some(
        (call) =>
          isMaker(call) &&
          call.send.verb === kind &&
          call.send.amountFen === amount_fen &&
          call.send.personId === person_id,
      )
    })
    .map(({ movement_id, kind, person_id, amount_fen }) => ({
      what: `nobody asked for this ${kind} of ${amount_fen} fen, or whoever did was turned away`,
      about: { people: [person_id], transfers: [movement_id] },
    }))
}
