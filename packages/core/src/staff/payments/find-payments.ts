import { describeError, isErrorCode } from '@campus-ecode/protocol/errors'
import type { ListedPayment, RefusedCall } from '@campus-ecode/protocol/staff-payments'
import type { StaffContext, StaffOutcome } from '../context.ts'
import {
  findByAmount,
  findByOrderNo,
  findByPerson,
  findListedPayment,
  findRefusedCalls,
  type ListedRow,
  type RefusedCallRow,
} from './store.ts'

const LISTED_MAX = 50
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/

/** Payments by what a student can say of them, newest or nearest first; fifty at most. */
export async function findPayments(
  ctx: StaffContext<'findPayments'>,
): StaffOutcome<'findPayments'> {
  const { services, staff, body, about } = ctx
  const { pool } = services.db
  const { schoolId } = staff
  let rows: ListedRow[] = []
  let refusedCalls: RefusedCallRow[] = []
  if ('paymentId' in body) {
    about.ref = `payment/${body.paymentId}`
    rows = asList(await findListedPayment(pool, schoolId, body.paymentId))
  } else if ('orderNo' in body) {
    about.ref = `order/${body.orderNo}`
    rows = await findByOrderNo(pool, schoolId, body.orderNo, LISTED_MAX + 1)
  } else if ('personId' in body) {
    about.personId = body.personId
    rows = await findByPerson(pool, schoolId, body.personId, LISTED_MAX + 1)
  } else if ('requestId' in body) {
    about.ref = `request/${body.requestId}`
    refusedCalls = await findRefusedCalls(pool, schoolId, body.requestId)
    // Phones and tills show a payment's own id where there is one.
    const id = body.requestId.toLowerCase()
    if (UUID.test(id)) rows = asList(await findListedPayment(pool, schoolId, id))
  } else {
    about.amountFen = body.amountFen
    about.ref = `at/${body.at}`
    rows = await findByAmount(pool, schoolId, body, LISTED_MAX + 1)
  }
  return {
    status: 200,
    body: {
      payments: rows.slice(0, LISTED_MAX).map(toListed),
      more: rows.length > LISTED_MAX,
      refusedCalls: refusedCalls.flatMap(toRefusedCall),
    },
  }
}

export function toListed(row: ListedRow): ListedPayment {
  const { person_id: personId, class: personClass, masked_name: maskedName } = row
  return {
    paymentId: row.payment_id,
    orderNo: row.order_no,
    status: row.status,
    createdAt: row.created_at.toISOString(),
    listFen: row.list_fen,
    amountFen: row.amount_fen,
    refundedFen: row.refunded_fen,
    merchantName: row.merchant_name,
    terminalName: row.terminal_name ?? '',
    means: row.means,
    channel: row.paid_at ? row.channel : null,
    payer:
      personId && personClass && maskedName ? { personId, maskedName, class: personClass } : null,
  }
}

function toRefusedCall(row: RefusedCallRow): RefusedCall[] {
  if (!isErrorCode(row.code)) return []
  const { person_id: personId, masked_name: maskedName, class: personClass } = row
  return [
    {
      requestId: row.request_id,
      at: row.at.toISOString(),
      route: row.route,
      refusal: { code: row.code, message: describeError(row.code).sentences },
      person: { personId, maskedName, class: personClass },
    },
  ]
}

const asList = <T>(found: T | undefined): T[] => (found === undefined ? [] : [found])
