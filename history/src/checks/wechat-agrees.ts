import type { Problem } from '../finding.ts'
import type { History, PaymentRow } from '../read-history.ts'
import { checkPosted, subjectOf, sumOf, takers } from '../ways/way-facts.ts'

const ENDS = new Set(['PAID', 'REFUSED', 'REVERSED'])

/**
 * R27: what WeChat has charged and given back, by its own journal, is what clearing has and what each order
 * says; one charge an order, also after lost answers, prompts for WeChat's password and late successes.
 */
export function wechatAgrees(history: History): Problem[] {
  const { ledger, ways } = history
  const known = new Set(ledger.movements.map(({ reference }) => reference))
  const strays = ways.journals.wechat
    .filter(({ reference }) => !known.has(reference))
    .map(({ reference, takenFen }) => ({
      what: `WeChat has an order ${reference} of ${takenFen} fen that the books do not know`,
      about: { accounts: ['clearing/wechat'] },
    }))
  const rows = ways.payments.filter(({ means }) => means === 'wechat')
  return [
    ...strays,
    ...rows.flatMap((row) =>
      checkRow(history, row).map((what) => ({ what, about: { subjects: [subjectOf(row)] } })),
    ),
  ]
}

function checkRow(history: History, row: PaymentRow): string[] {
  const { ledger, ways } = history
  const { payment_id, status, person_id, list_fen } = row
  const what = checkPosted(history, row)
  if (!ENDS.has(status)) what.push(`a payment by WeChat is ${status} for good`)
  const movement = ledger.movements.find(
    ({ movement_id, kind }) => movement_id === payment_id && kind === 'debit',
  )
  const trade = ways.journals.wechat.find(({ reference }) => reference === movement?.reference)
  const movedFen = (trade?.takenFen ?? 0) - (trade?.backFen ?? 0)
  const refunds = (ways.refundsOf.get(payment_id) ?? []).filter((one) => one.status === 'REFUNDED')
  const dueFen = status === 'PAID' ? (row.amount_fen ?? 0) - sumOf(refunds) : 0
  if (movedFen !== dueFen)
    what.push(`WeChat keeps ${movedFen} fen of an order that is ${status}: ${dueFen} are due`)
  const clearingFen = (ways.postingsOf.get(payment_id) ?? []).reduce(
    (sum, { debit_account, credit_account, amount_fen }) =>
      sum +
      (debit_account === 'clearing/wechat' ? amount_fen : 0) -
      (credit_account === 'clearing/wechat' ? amount_fen : 0),
    0,
  )
  if (clearingFen !== movedFen)
    what.push(`WeChat keeps ${movedFen} fen, clearing has ${clearingFen}`)
  const calls = ways.bySubject.get(subjectOf(row)) ?? []
  const isAsked = takers(calls, 'pay').some(
    ({ send }) => send.personId === person_id && send.asks?.listFen === list_fen,
  )
  if (person_id !== null && status === 'PAID' && !isAsked) what.push('nobody asked for it')
  if (status === 'REVERSED' && takers(calls, 'reversePayment').length === 0) {
    what.push('nobody asked for the reversal')
  }
  return what
}
