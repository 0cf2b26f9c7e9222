import { describeError } from '@campus-ecode/protocol/errors'
import type { PaymentStep } from '@campus-ecode/protocol/staff-payments'
import { refuse } from '../../http/operation.ts'
import type { Movement } from '../../movements/store.ts'
import type { RefundRow } from '../../payments/store.ts'
import type { StaffContext, StaffOutcome } from '../context.ts'
import { findTasksOf, type TaskRow } from '../tasks/store.ts'
import { toListed } from './find-payments.ts'
import { refundableFen, refundNoOf, refundRefOf } from './refundable.ts'
import {
  findListedPayment,
  findMovementsOf,
  findRefunders,
  findRefundsOf,
  type ListedRow,
} from './store.ts'

/**
 * One payment and everything that happened to it, in order: what its own row, its refunds, what was asked
 * outside and the office's tasks say.
 *
 * Refuses: ORDER_NOT_FOUND.
 */
export async function getPayment(ctx: StaffContext<'getPayment'>): StaffOutcome<'getPayment'> {
  const { services, staff, params, about } = ctx
  const { pool } = services.db
  about.ref = `payment/${params.paymentId}`
  const row = await findListedPayment(pool, staff.schoolId, params.paymentId)
  if (!row) return refuse('ORDER_NOT_FOUND')
  about.personId = row.person_id ?? undefined
  const refunds = await findRefundsOf(pool, row)
  const ids = [row.payment_id, ...refunds.map(({ refund_id }) => refund_id)]
  const movements = await findMovementsOf(pool, staff.schoolId, ids)
  const refunders = await findRefunders(pool, row)
  const tasks = await findTasksOf(pool, staff.schoolId, row.payment_id)
  return {
    status: 200,
    body: {
      ...toListed(row),
      rule: row.rule,
      refusal: toRefusal(row),
      cardTail: row.paid_at ? row.tail : null,
      refundableFen: refundableFen(row, tasks),
      story: tellStory(row, { refunds, movements, tasks, refunders }),
    },
  }
}

interface Known {
  refunds: RefundRow[]
  movements: Movement[]
  tasks: TaskRow[]
  refunders: Awaited<ReturnType<typeof findRefunders>>
}

function tellStory(row: ListedRow, { refunds, movements, tasks, refunders }: Known): PaymentStep[] {
  const steps: PaymentStep[] = [
    { at: iso(row.created_at), kind: 'asked', amountFen: row.list_fen ?? row.amount_fen ?? 0 },
  ]
  if (row.confirm_by) steps.push({ at: iso(row.created_at), kind: 'password_awaited' })
  const refusal = toRefusal(row)
  if (row.status === 'REFUSED' && refusal) {
    steps.push({ at: iso(row.settled_at ?? row.created_at), kind: 'refused', refusal })
  }
  if (row.paid_at) {
    const channel = row.channel ?? undefined
    const amountFen = row.amount_fen ?? 0
    steps.push({ at: iso(row.paid_at), kind: 'paid', amountFen, ...(channel && { channel }) })
  }
  for (const movement of movements) steps.push(...tellMovement(movement))
  for (const task of tasks) {
    if (task.kind !== 'refund' || task.state === 'approved') continue
    const { asked_by_name: by, reason } = task
    const kind = task.state === 'waiting' ? 'refund_waits_for_second' : 'refund_declined'
    const at = iso(task.decided_at ?? task.asked_at)
    steps.push({
      at,
      kind,
      amountFen: task.amount_fen ?? 0,
      by: task.decided_by_name ?? by,
      reason,
    })
  }
  for (const refund of refunds) steps.push(...tellRefund(refund, tasks, refunders))
  if (row.status === 'REVERSED') {
    steps.push({ at: iso(row.settled_at ?? row.created_at), kind: 'reversed' })
  }
  // What began at one moment stands in the order it is told in.
  return steps.toSorted((a, b) => a.at.localeCompare(b.at))
}

function tellMovement(movement: Movement): PaymentStep[] {
  const { port, reference, amount_fen: amountFen, attempt_count: attemptCount } = movement
  const sent: PaymentStep = {
    at: iso(movement.created_at),
    kind: 'sent',
    port,
    reference,
    amountFen,
  }
  if (movement.state === 'open') {
    const at = iso(movement.unknown_at ?? movement.created_at)
    return [sent, { at, kind: 'still_asking', port, attemptCount }]
  }
  const { outcome, settled_at: settledAt } = movement
  if (!outcome) return [sent]
  const at = iso(settledAt ?? movement.created_at)
  return [sent, { at, kind: 'answered', port, outcome, attemptCount }]
}

function tellRefund(
  refund: RefundRow,
  tasks: TaskRow[],
  refunders: Known['refunders'],
): PaymentStep[] {
  const { refund_no: refundNo, amount_fen: amountFen, status } = refund
  const task = tasks.find(({ task_id: id }) => refundNo === refundNoOf(id))
  const alone = refunders.find(({ ref }) => {
    const [, refundId = ''] = ref.split(' refund/')
    return ref === refundRefOf(refund.payment_id, refundId) && refundNo === refundNoOf(refundId)
  })
  const both = task && [task.asked_by_name, task.decided_by_name].filter(Boolean).join(' + ')
  const by = both ?? alone?.display_name
  const reason = task?.reason ?? alone?.reason
  const asked: PaymentStep = {
    ...{ at: iso(refund.created_at), kind: 'refund_asked', amountFen, refundNo },
    ...(by && { by }),
    ...(reason && { reason }),
  }
  if (status === 'PROCESSING') return [asked]
  const at = iso(refund.settled_at ?? refund.created_at)
  return [
    asked,
    { at, kind: status === 'REFUNDED' ? 'refunded' : 'refund_declined', amountFen, refundNo },
  ]
}

function toRefusal({ refusal }: ListedRow) {
  return refusal && { code: refusal, message: describeError(refusal).sentences }
}

const iso = (at: Date) => at.toISOString()
