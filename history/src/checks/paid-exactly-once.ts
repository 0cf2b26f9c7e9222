import type { Payment } from '@campus-ecode/protocol/payments'
import { paymentIn, refundIn } from '../answers.ts'
import type { Problem } from '../finding.ts'
import { payCalls } from '../order-facts.ts'
import { chargedFen } from '../prices.ts'
import type { History, Order } from '../read-history.ts'

/**
 * Whatever a till saw as paid or refunded stands in the books exactly once: same amount, the payer
 * whose code it was, the till's merchant. And so does every order that the books call paid.
 */
export function paidExactlyOnce(history: History): Problem[] {
  return [...history.orders.values()].flatMap((order) => {
    const about = { orders: [order.key] }
    const what = [
      ...checkBooks(history, order),
      ...seenAsPaid(order).flatMap((payment) => compareSeen(order, payment)),
      ...checkPayers(history, order),
      ...checkRefunds(order),
    ]
    return [...new Set(what)].map((one) => ({ what: one, about }))
  })
}

function seenAsPaid(order: Order): Payment[] {
  const payments = order.calls.map(paymentIn)
  return payments.filter(
    (payment) => payment !== undefined && payment.status === 'PAID',
  ) as Payment[]
}

function compareSeen({ row, postings }: Order, seen: Payment): string[] {
  if (!row) return ['an order that a till saw as paid is not in the books']
  const paid = postings.filter(({ kind }) => kind === 'payment')
  if (paid.length !== 1) return [`an order that a till saw as paid is posted ${paid.length} times`]
  const [posting] = paid
  if (posting?.amount_fen !== seen.amountFen) {
    return [`a till saw ${seen.amountFen} fen paid, the books have ${posting?.amount_fen}`]
  }
  if (row.payment_id !== seen.paymentId || row.channel !== seen.channel) {
    return [`a till saw it paid as ${seen.paymentId} by ${seen.channel}, the books have another`]
  }
  return []
}

function checkBooks(history: History, order: Order): string[] {
  const { row, postings } = order
  const paid = postings.filter(({ kind }) => kind === 'payment')
  if (!row?.paid_at) return paid.length > 0 ? ['an order that was never paid is posted'] : []
  const [posting] = paid
  if (!posting || paid.length > 1) return [`a paid order is posted ${paid.length} times`]

  const problems: string[] = []
  const person = history.people.get(row.person_id ?? '')
  const merchant = history.world.merchants.find(({ id }) => id === order.merchantId)
  if (!person || !merchant) return ['a paid order is of nobody']
  const due = chargedFen(row.list_fen ?? 0, person.class, merchant.priceRules)
  if (row.amount_fen !== due || posting.amount_fen !== due) {
    problems.push(
      `${due} fen are due for a list price of ${row.list_fen}: the order has ${row.amount_fen}, its posting ${posting.amount_fen}`,
    )
  }
  const from = payingAccount(row.channel, person.id)
  if (posting.debit_account !== from || posting.person_id !== person.id) {
    problems.push(`it was paid from ${posting.debit_account} where ${from} was to pay`)
  }
  if (posting.credit_account !== `merchant/${order.merchantId}`) {
    problems.push(`${posting.credit_account} was paid at a till of ${order.merchantId}`)
  }
  // R13, R7: the wallet's code takes from the wallet or the bound card, the one-card's from there.
  if ((row.account === 'one_card') !== (row.channel === 'one_card')) {
    problems.push(`a code of ${row.account} was charged to ${row.channel}`)
  }
  return problems
}

function payingAccount(channel: string | null, personId: string): string {
  if (channel === 'wallet') return `wallet/${personId}`
  return channel === 'bank_card' ? 'clearing/bank' : `clearing/${channel}`
}

/** A till that paid with a code saw the owner of that code charged. */
function checkPayers({ codes }: History, order: Order): string[] {
  return payCalls(order).flatMap((call) => {
    const payment = paymentIn(call)
    if (!payment) return []
    const code = codes.get(call.send.code)
    const problems: string[] = []
    if (payment.listFen !== call.send.listFen) {
      problems.push(`${call.send.listFen} fen were asked and ${payment.listFen} answered`)
    }
    if (order.row && order.row.person_id !== code?.personId) {
      problems.push(`by a code of ${code?.personId} another person was charged`)
    }
    if (order.row && order.row.account !== code?.account) {
      problems.push(`a code of ${code?.account} was charged to ${order.row.account}`)
    }
    return problems
  })
}

function checkRefunds(order: Order): string[] {
  const { row, refunds, postings } = order
  const problems: string[] = []
  for (const call of order.calls) {
    const seen = refundIn(call)
    if (seen?.status !== 'REFUNDED') continue
    const refund = refunds.find(({ refund_no }) => refund_no === seen.refundNo)
    if (refund?.status !== 'REFUNDED' || refund.amount_fen !== seen.amountFen) {
      problems.push(`a till saw ${seen.amountFen} fen refunded, the books have another end of it`)
    }
  }
  const posted = postings.filter(({ kind }) => kind === 'refund')
  const settled = refunds.filter(({ status }) => status === 'REFUNDED')
  if (amounts(posted) !== amounts(settled)) {
    problems.push(`refunds of ${amounts(settled)} fen are settled and ${amounts(posted)} posted`)
  }
  const from = `merchant/${order.merchantId}`
  const to = payingAccount(row?.channel ?? null, row?.person_id ?? '')
  if (posted.some((one) => one.debit_account !== from || one.credit_account !== to)) {
    problems.push('a refund went from or to somebody else')
  }
  const standing = refunds.filter(({ status }) => status !== 'DECLINED')
  const standingFen = standing.reduce((sum, { amount_fen }) => sum + amount_fen, 0)
  if (row && (row.refunded_fen !== standingFen || standingFen > (row.amount_fen ?? 0))) {
    problems.push(
      `refunds of ${standingFen} fen stand against an order of ${row.amount_fen} that says ${row.refunded_fen}`,
    )
  }
  return problems
}

function amounts(rows: { amount_fen: number }[]): string {
  return (
    rows
      .map(({ amount_fen }) => amount_fen)
      .sort((a, b) => a - b)
      .join(' + ') || '0'
  )
}
