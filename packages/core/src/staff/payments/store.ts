import type { ErrorCode } from '@campus-ecode/protocol/errors'
import { prepare, type Queryable } from '../../db/database.ts'
import type { Movement } from '../../movements/store.ts'
import type { PaymentRow, RefundRow } from '../../payments/store.ts'

/** A payment with the names of its place. */
export type ListedRow = PaymentRow & {
  merchant_name: string
  terminal_name: string | null
  tail: string | null
}

const SELECT = `
  select p.*, m.name as merchant_name, t.name as terminal_name, c.tail
    from payments p
    join merchants m on m.school_id = p.school_id and m.merchant_id = p.merchant_id
    left join terminals t on t.school_id = p.school_id and t.terminal_id = p.terminal_id
    left join bank_cards c on c.school_id = p.school_id and c.card_id = p.bank_card_id`

const selectById = prepare<ListedRow>(`${SELECT} where p.school_id = $1 and p.payment_id = $2`)
export async function findListedPayment(
  on: Queryable,
  schoolId: string,
  paymentId: string,
): Promise<ListedRow | undefined> {
  return (await selectById(on, [schoolId, paymentId]))[0]
}

// An order number is unique at its terminal, so it is looked for at each of the school's, by the key. An
// online order's later tries have numbers of their own (R38).
const selectByOrderNo = prepare<ListedRow>(
  `${SELECT.replace('from payments p', 'from terminals k join payments p on p.school_id = k.school_id and p.terminal_id = k.terminal_id')}
    where k.school_id = $1 and p.order_no in ($2, $2 || '~2', $2 || '~3', $2 || '~4')
    order by p.created_at desc limit $3`,
)
export async function findByOrderNo(
  on: Queryable,
  schoolId: string,
  orderNo: string,
  count: number,
) {
  return selectByOrderNo(on, [schoolId, orderNo, count])
}

// A payment's id begins with its time (UUIDv7), so the index of ids is one of times too.
const selectByTime = prepare<ListedRow>(
  `${SELECT}
    where p.payment_id between $2 and $3 and p.school_id = $1 and $4 in (p.amount_fen, p.list_fen)
    order by abs(extract(epoch from p.created_at - $5::timestamptz)) limit $6`,
)
const NEAR_MS = 10 * 60_000

/** Nearest first. */
export async function findByAmount(
  on: Queryable,
  schoolId: string,
  { amountFen, at }: { amountFen: number; at: string },
  count: number,
) {
  const atMs = Date.parse(at)
  const [from, to] = [firstIdAt(atMs - NEAR_MS), firstIdAt(atMs + NEAR_MS)]
  return selectByTime(on, [schoolId, from, to, amountFen, at, count])
}

const selectByPerson = prepare<ListedRow>(
  `${SELECT} where p.school_id = $1 and p.person_id = $2 order by p.created_at desc limit $3`,
)
export async function findByPerson(
  on: Queryable,
  schoolId: string,
  personId: string,
  count: number,
) {
  return selectByPerson(on, [schoolId, personId, count])
}

/** The lowest UUIDv7 of a millisecond (RFC 9562 §5.7). */
export function firstIdAt(ms: number): string {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
}

const selectRefunds = prepare<RefundRow>(
  'select * from refunds where school_id = $1 and terminal_id = $2 and order_no = $3 order by created_at',
)
export async function findRefundsOf(on: Queryable, payment: PaymentRow): Promise<RefundRow[]> {
  return selectRefunds(on, [payment.school_id, payment.terminal_id, payment.order_no])
}

const selectMovements = prepare<Movement>(
  'select * from external_movements where school_id = $1 and movement_id = any ($2)',
)
/** What was asked outside for a payment and its refunds. */
export async function findMovementsOf(
  on: Queryable,
  schoolId: string,
  ids: string[],
): Promise<Movement[]> {
  return selectMovements(on, [schoolId, ids])
}

export interface RefusedCallRow {
  request_id: string
  person_id: string
  route: string
  code: ErrorCode
  at: Date
  masked_name: string
  class: 'student' | 'teacher' | 'external' | 'visitor'
}
const selectRefusedCall = prepare<RefusedCallRow>(
  `select r.request_id, r.person_id, r.route, r.code, r.at, p.masked_name, p.class
     from refused_calls r
     join people p on p.school_id = r.school_id and p.person_id = r.person_id
    where r.school_id = $1 and r.request_id = $2`,
)
export async function findRefusedCalls(on: Queryable, schoolId: string, requestId: string) {
  return selectRefusedCall(on, [schoolId, requestId])
}

const selectRefunders = prepare<{ ref: string; display_name: string; reason: string | null }>(
  `select a.ref, s.display_name, a.reason
     from staff_audit a join staff s on s.school_id = a.school_id and s.staff_id = a.staff_id
    where a.person_id = $2 and a.school_id = $1 and a.operation = 'refundPayment' and a.outcome = 'done'
      and starts_with(a.ref, $3)
    order by a.audit_id`,
)
/** Who of staff has refunded a payment, as long as the log remembers. */
export async function findRefunders(on: Queryable, payment: PaymentRow) {
  const about = `payment/${payment.payment_id} `
  return selectRefunders(on, [payment.school_id, payment.person_id, about])
}
