import { groupBy } from '../group-by.ts'
import type { History, PaymentRow } from '../read-history.ts'
import { firmRefusalIn, toldIn, type WayCall } from './read-ways.ts'

type Count = (history: History) => number

/** What a run must have seen of the other ways to pay, by how often it did. */
export const wayHappenings: Record<string, Count> = {
  'shower charged': (h) => h.ledger.water_sessions.filter(({ amount_fen }) => amount_fen).length,
  'shower that cost nothing': (h) =>
    h.ledger.water_sessions.filter(({ amount_fen }) => amount_fen === 0).length,
  'shower ended because its controller was silent': (h) => countEnds(h, 'idle'),
  'shower ended from the phone': (h) => countEnds(h, 'phone'),
  'reading that came after the end': (h) => countRefused(h, 'WATER_SESSION_ENDED'),
  'reading that could not be': (h) => countRefused(h, 'WATER_READING_IMPOSSIBLE'),
  'shower begun though the reply was lost': (h) =>
    countSubjects(h, 'startWater', (calls) => {
      const [first] = calls
      return first?.reply?.outcome === 'info' && calls.some((call) => toldIn(call))
    }),
  'online order paid': (h) =>
    h.ledger.online_orders.filter(({ payment_id }) => payment_id !== null).length,
  'online order closed': (h) =>
    h.ledger.online_orders.filter(({ closed_at }) => closed_at !== null).length,
  'two payers at one order': (h) => countSubjects(h, 'payOrder', haveTwoPayers),
  'second payer turned away': (h) =>
    countRefused(h, 'ORDER_ALREADY_PAID') + countRefused(h, 'ORDER_BEING_PAID'),
  'closed order refused to a payer': (h) => countRefused(h, 'ORDER_CLOSED'),
  'refund of an online order': (h) => countTold(h, 'refundOrder', 'REFUNDED'),
  'collection code paid': (h) => countRows(h, 'collection', ({ status }) => status === 'PAID'),
  'static ceiling reached': (h) =>
    countRows(h, 'collection', ({ refusal }) => refusal === 'OVER_STATIC_LIMIT'),
  'top-up confirmed by the utility': (h) => countDeliveries(h, 'succeeded'),
  'top-up given back': (h) => countDeliveries(h, 'declined'),
  'paid by WeChat': (h) => countRows(h, 'wechat', ({ status }) => status === 'PAID'),
  'WeChat undecided for a while': (h) =>
    countTold(h, 'pay', 'PROCESSING', 'UNKNOWN', 'AWAITING_PASSWORD') +
    countTold(h, 'getPayment', 'PROCESSING', 'UNKNOWN', 'AWAITING_PASSWORD'),
  'paid at WeChat after its order was given up': ({ ledger, ways }) =>
    ways.payments.filter((row) => row.means === 'wechat' && isTakenLate(ledger, ways, row)).length,
  'WeChat gave back what was reversed': ({ ways }) =>
    ways.journals.wechat.filter(({ takenFen, backFen }) => takenFen > 0 && backFen === takenFen)
      .length,
}

/** Nothing of it was ever paid here, and WeChat took it all the same. */
function isTakenLate(
  { movements }: History['ledger'],
  { journals }: History['ways'],
  { payment_id, status, paid_at }: PaymentRow,
): boolean {
  if (paid_at !== null || (status !== 'REVERSED' && status !== 'REFUSED')) return false
  const charge = movements.find(
    ({ movement_id, kind }) => movement_id === payment_id && kind === 'debit',
  )
  return journals.wechat.some(
    ({ reference, takenFen }) => reference === charge?.reference && takenFen > 0,
  )
}

function countEnds({ ledger }: History, by: string): number {
  return ledger.water_sessions.filter(({ ended_by }) => ended_by === by).length
}

function countRefused({ ways }: History, error: string): number {
  return ways.calls.filter((call) => firmRefusalIn(call) === error).length
}

function countTold({ ways }: History, verb: string, ...statuses: string[]): number {
  return ways.calls.filter(
    (call) => call.send.verb === verb && statuses.includes(toldIn(call)?.status ?? ''),
  ).length
}

function countSubjects({ ways }: History, verb: string, is: (calls: WayCall[]) => boolean): number {
  const calls = ways.calls.filter(({ send }) => send.verb === verb)
  return [...groupBy(calls, ({ send }) => send.subject).values()].filter(is).length
}

function countRows({ ways }: History, means: string, is: (row: PaymentRow) => boolean): number {
  return ways.payments.filter((row) => row.means === means && is(row)).length
}

function countDeliveries({ ledger }: History, outcome: string): number {
  return ledger.movements.filter((row) => row.kind === 'utility_top_up' && row.outcome === outcome)
    .length
}

/** Each was sent before the other was answered. */
function haveTwoPayers(calls: WayCall[]): boolean {
  return calls.some((one) =>
    calls.some(
      (other) =>
        other.send.personId !== one.send.personId &&
        one.sentAt < other.repliedAt &&
        other.sentAt < one.repliedAt,
    ),
  )
}
