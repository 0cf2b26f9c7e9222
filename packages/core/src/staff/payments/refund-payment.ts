import { inTransaction } from '../../db/database.ts'
import { isRefusal, refuse, type Services } from '../../http/operation.ts'
import { type BegunRefund, beginRefund, driveRefund } from '../../payments/refund.ts'
import { findRefund, lockPaymentById, type OrderKey } from '../../payments/store.ts'
import type { StaffContext, StaffOutcome } from '../context.ts'
import { findSchool } from '../session-store.ts'
import { findTasksOf, insertTask, lockTask } from '../tasks/store.ts'
import { refundableFen, refundNoOf, refundRefOf } from './refundable.ts'

/**
 * Gives back part or all of a payment by the operation that terminals use, once per refund id. Above the
 * school's ceiling nothing moves: the refund waits for a second person of finance. What is below it is
 * counted together over a payment, so that a large one cannot be given in pieces.
 *
 * Refuses: ORDER_NOT_FOUND, ORDER_NOT_PAID, REFUND_NO_REUSED, REFUND_EXCEEDS_PAYMENT, REFUND_DECLINED.
 */
export async function refundPayment(
  ctx: StaffContext<'refundPayment'>,
): StaffOutcome<'refundPayment'> {
  const { services, staff, params, body, about } = ctx
  const { schoolId } = staff
  const { refundId, amountFen, reason } = body
  const ref = refundRefOf(params.paymentId, refundId)
  Object.assign(about, { ref, reason, amountFen })
  const begun = await inTransaction(services.db.pool, async (tx) => {
    const payment = await lockPaymentById(tx, schoolId, params.paymentId)
    const school = await findSchool(tx, schoolId)
    if (!payment || !school) return refuse('ORDER_NOT_FOUND')
    about.personId = payment.person_id ?? undefined
    const order = { schoolId, terminalId: payment.terminal_id, orderNo: payment.order_no }
    const refund = { refundNo: refundNoOf(refundId), amountFen }
    const before = await lockTask(tx, schoolId, refundId)
    if (before) {
      const isSame = before.payment_id === payment.payment_id && before.amount_fen === amountFen
      if (!isSame) return refuse('REFUND_NO_REUSED')
      if (before.state === 'waiting') return 'waits' as const
    }
    const known = await findRefund(tx, order, refund.refundNo)
    if (!known) {
      if (payment.status !== 'PAID') return refuse('ORDER_NOT_PAID')
      const tasks = await findTasksOf(tx, schoolId, payment.payment_id)
      if (amountFen > refundableFen(payment, tasks)) return refuse('REFUND_EXCEEDS_PAYMENT')
      if (payment.refunded_fen + amountFen > school.refund_alone_fen) {
        const task = { schoolId, taskId: refundId, kind: 'refund', reason } as const
        const paymentId = payment.payment_id
        // A declined one keeps its id.
        const isNew = await insertTask(tx, {
          ...task,
          paymentId,
          amountFen,
          askedBy: staff.staffId,
        })
        if (!isNew) return refuse('REFUND_NO_REUSED')
        about.ref = `${ref} waits`
        await ctx.record(tx)
        return 'waits' as const
      }
    }
    const refunding = await beginRefund(tx, services, order, refund)
    if (isRefusal(refunding)) return refunding
    if (refunding.fresh) await ctx.record(tx)
    return { order, refunding }
  })
  if (begun === 'waits') return { status: 202, body: { status: 'WAITS_FOR_SECOND' } }
  if (isRefusal(begun)) return begun
  return finishRefund(services, begun.order, begun.refunding)
}

/** After the commit. Refuses: REFUND_DECLINED. */
export async function finishRefund(services: Services, order: OrderKey, refunding: BegunRefund) {
  const { row } = await driveRefund(services, order, refunding)
  if (row.status === 'DECLINED') return refuse('REFUND_DECLINED')
  if (row.status === 'REFUNDED') return { status: 200, body: { status: 'REFUNDED' } } as const
  return { status: 202, body: { status: 'PROCESSING' } } as const
}
