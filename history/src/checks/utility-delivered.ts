import type { LedgerDump } from '../diary.ts'
import type { Problem } from '../finding.ts'
import type { History } from '../read-history.ts'
import { checkPosted, isApproved, sumOf, takers } from '../ways/way-facts.ts'

type TopUp = LedgerDump['utility_top_ups'][number]

/**
 * R39: a top-up that was paid has been credited by the utility, once and with its amount, or the whole of it has
 * been given back; never both, never neither. What was not paid reached no utility.
 */
export function utilityDelivered(history: History): Problem[] {
  const { ledger, ways } = history
  const known = new Set(ledger.movements.map(({ reference }) => reference))
  const strays = ways.journals.utility
    .filter(({ reference, kind }) => kind !== 'refused' && !known.has(reference))
    .map(({ reference }) => ({
      what: `the utility credits ${reference}, of which the books know nothing`,
      about: {},
    }))
  return [
    ...strays,
    ...ledger.utility_top_ups.flatMap((topUp) =>
      checkTopUp(history, topUp).map((what) => ({
        what,
        about: { subjects: [topUp.top_up_id], people: [topUp.person_id] },
      })),
    ),
  ]
}

function checkTopUp(history: History, topUp: TopUp): string[] {
  const { ledger, ways } = history
  const row = ways.payments.find(
    ({ order_no, means }) => means === 'utility' && order_no === topUp.top_up_id,
  )
  const delivery = ledger.movements.find(({ movement_id }) => movement_id === topUp.delivery_id)
  const credited = ways.journals.utility.filter(
    ({ reference, kind }) => reference === delivery?.reference && kind === 'confirmed',
  )
  if (!row || row.paid_at === null) {
    return delivery ? ['what was not paid was sent to the utility'] : []
  }
  const what = checkPosted(history, row)
  if (!isApproved(history, row)) what.push('it was paid without the password')
  const calls = ways.bySubject.get(topUp.top_up_id) ?? []
  const isAsked = takers(calls, 'topUpUtility').some(
    ({ send }) => send.personId === row.person_id && send.asks?.amountFen === topUp.amount_fen,
  )
  if (!isAsked) what.push('nobody asked for it, or whoever did was turned away')
  const back = (ways.refundsOf.get(row.payment_id) ?? []).filter(
    ({ status }) => status === 'REFUNDED',
  )
  if (delivery?.state !== 'done') return [...what, 'a paid top-up is still undecided']
  const isConfirmed = delivery.outcome === 'succeeded'
  if (credited.length !== (isConfirmed ? 1 : 0)) {
    what.push(`a top-up that ${delivery.outcome} was credited ${credited.length} times`)
  }
  if (credited.some(({ amountFen }) => amountFen !== topUp.amount_fen)) {
    what.push('another amount was credited')
  }
  if (sumOf(back) !== (isConfirmed ? 0 : row.amount_fen)) {
    what.push(
      `of a top-up that ${delivery.outcome} ${sumOf(back)} of ${row.amount_fen} fen came back`,
    )
  }
  return what
}
