import { chargedFen } from '../prices.ts'
import type { History, PaymentRow } from '../read-history.ts'
import { firmRefusalIn, type WayCall } from './read-ways.ts'

export const subjectOf = (row: { terminal_id: string; order_no: string }): string =>
  `${row.terminal_id}/${row.order_no}`

/** What a person pays at a terminal of the other ways, by its merchant's rules (R4). */
export function dueFen(history: History, terminalId: string, personId: string, listFen: number) {
  const { world, people, ways } = history
  const merchantId = ways.world.terminals.find(({ id }) => id === terminalId)?.merchantId
  const rules = world.merchants.find(({ id }) => id === merchantId)?.priceRules ?? []
  const person = people.get(personId)
  return person ? chargedFen(listFen, person.class, rules) : undefined
}

/**
 * What is wrong with how a payment of another way stands in the books: paid once, with what was due, from
 * the account that its channel names, or not at all; given back what its refunds say.
 */
export function checkPosted(history: History, row: PaymentRow): string[] {
  const { payment_id, status, amount_fen, person_id, channel, merchant_id } = row
  const postings = history.ways.postingsOf.get(payment_id) ?? []
  const of = (kind: string) => postings.filter((posting) => posting.kind === kind)
  const [paid, undone] = [of('payment'), of('reversal')]
  const problems: string[] = []
  const isUnpaid = status === 'REFUSED' || status === 'AWAITING_PASSWORD'
  const expected = row.paid_at === null ? 0 : 1
  if (paid.length !== expected) {
    problems.push(`a payment that is ${status} is posted ${paid.length} times`)
  }
  if (isUnpaid && paid.length > undone.length) problems.push(`a ${status} payment moved money`)
  if (undone.length !== (status === 'REVERSED' ? paid.length : 0)) {
    problems.push(`a payment that is ${status} has ${undone.length} reversals`)
  }
  for (const { amount_fen: fen, debit_account, credit_account } of paid) {
    if (fen !== amount_fen) problems.push(`${amount_fen} fen are due and ${fen} posted`)
    if (credit_account !== `merchant/${merchant_id}`) problems.push('another merchant was paid')
    const from = accountOf(row)
    if (row.means !== 'water' && debit_account !== from) {
      problems.push(`it was paid from ${debit_account} where ${from} was to pay`)
    }
  }
  if (row.means !== 'water' && person_id && row.list_fen !== null) {
    const due = dueFen(history, row.terminal_id, person_id, row.list_fen)
    if (channel !== null && amount_fen !== due)
      problems.push(`${due} fen are due, it has ${amount_fen}`)
  }
  const refunds = history.ways.refundsOf.get(payment_id) ?? []
  const settled = refunds.filter((refund) => refund.status === 'REFUNDED')
  const [settledFen, postedFen] = [sumOf(settled), sumOf(of('refund'))]
  if (settledFen !== postedFen || settledFen > (amount_fen ?? 0)) {
    problems.push(
      `refunds of ${settledFen} fen are settled and ${postedFen} posted, of ${amount_fen}`,
    )
  }
  if (new Set(refunds.map(({ refund_no }) => refund_no)).size < refunds.length) {
    problems.push('a refund number stands in the books twice')
  }
  return problems
}

/** R23, R24: it was paid by an approval that its own right password gave, and that was spent on it alone. */
export function isApproved({ ledger, ways }: History, { payment_id }: PaymentRow): boolean {
  const spent = ledger.approvals.filter(
    (approval) => approval.payment_id === payment_id && approval.status === 'spent',
  )
  return spent.some(({ approval_id }) =>
    ways.calls.some(
      (call) =>
        call.send.verb === 'confirmPayment' &&
        call.send.asks?.approvalId === approval_id &&
        firmRefusalIn(call) === undefined,
    ),
  )
}

/** Calls that may have had an effect. */
export function takers(calls: readonly WayCall[], verb: WayCall['send']['verb']): WayCall[] {
  return calls.filter((call) => call.send.verb === verb && firmRefusalIn(call) === undefined)
}

export function sumOf(rows: readonly { amount_fen: number | null }[]): number {
  return rows.reduce((sum, { amount_fen }) => sum + (amount_fen ?? 0), 0)
}

function accountOf({ channel, person_id }: PaymentRow): string {
  if (channel === 'wallet') return `wallet/${person_id}`
  return channel === 'bank_card' ? 'clearing/bank' : `clearing/${channel}`
}
