import { statesTold } from '../answers.ts'
import type { LedgerDump } from '../diary.ts'
import type { Problem } from '../finding.ts'
import { groupBy } from '../group-by.ts'
import { hasContent } from '../order-facts.ts'
import type { History, Order, PaymentRow } from '../read-history.ts'

type Change = LedgerDump['agreements'][number]

/**
 * R14, R29: a card pays from the e-wallet only under the password-free agreement, and says under which.
 *
 * A change of the agreement has its time while it holds the payer, and a payment takes the payer after its
 * own. So a payment that began after a cancellation went without, unless the agreement was signed anew
 * before anybody was told of the payment.
 */
export function agreementStands(history: History): Problem[] {
  const changes = groupBy(history.ledger.agreements, ({ person_id }) => person_id)
  return [...history.orders.values()].flatMap((order) => {
    const { row } = order
    if (!row || !hasContent(row)) return []
    const what = checkOrder(order, row, changes.get(row.person_id ?? '') ?? [])
    return what ? [{ what, about: { orders: [order.key] } }] : []
  })
}

function checkOrder(order: Order, row: PaymentRow, changes: Change[]): string | undefined {
  const { means, account, created_at: at, spent_on, agreement_signed_at: signedAt } = row
  if (means === 'code' && signedAt) return 'a payment by code names an agreement'
  // Only what was taken, or waited, counted against a day.
  if (means === 'code' || account !== 'wallet' || spent_on === null) return undefined
  const last = changes.findLast((change) => change.at < at)
  const knownMs = Math.min(...order.calls.map(knownFrom))
  const isSignedMeanwhile = changes.some(
    (change) => change.change === 'signed' && change.at >= at && Date.parse(change.at) <= knownMs,
  )
  if (last?.change !== 'signed' && !isSignedMeanwhile) {
    return last
      ? `a card paid at ${at}, after the agreement was cancelled at ${last.at}`
      : 'a card paid though no agreement was ever signed'
  }
  if (!signedAt) return 'a card paid and names no agreement'
  const isOne = changes.some((change) => change.change === 'signed' && change.at >= signedAt)
  return isOne ? undefined : `a card paid under an agreement of ${signedAt}, which nobody signed`
}

/** When it was first told that the order is there. */
function knownFrom(call: Order['calls'][number]): number {
  const isTold = statesTold(call)?.every((state) => state !== 'NONE')
  return (isTold && call.reply?.atMs) || Number.POSITIVE_INFINITY
}
