import { mayDecide, staffTaskKindsOf } from '@campus-ecode/protocol/staff-payments'
import { lockPayer } from '../../cards/store.ts'
import { inTransaction, prepare, type Tx } from '../../db/database.ts'
import { erasePerson } from '../../erasure/erase-person.ts'
import { isRefusal, type Refusal, refuse, type Services } from '../../http/operation.ts'
import { beginRefund } from '../../payments/refund.ts'
import { lockPaymentById } from '../../payments/store.ts'
import type { StaffContext, StaffOutcome } from '../context.ts'
import { toListed } from '../payments/find-payments.ts'
import { finishRefund } from '../payments/refund-payment.ts'
import { refundNoOf } from '../payments/refundable.ts'
import { findListedPayment } from '../payments/store.ts'
import { toListedPerson } from '../people/find-people.ts'
import { findPerson } from '../people/store.ts'
import { raiseRefundAlone } from '../settings/refund-alone.ts'
import { decideTaskRow, findTasks, insertClearance, lockTask, type TaskRow } from './store.ts'

export async function getTasks({
  services,
  staff,
}: StaffContext<'getTasks'>): StaffOutcome<'getTasks'> {
  const { pool } = services.db
  const rows = await findTasks(pool, staff.schoolId, staffTaskKindsOf(staff.roles))
  const tasks = await Promise.all(
    rows.map(async (row) => {
      const payment =
        row.payment_id === null
          ? undefined
          : await findListedPayment(pool, staff.schoolId, row.payment_id)
      const person =
        row.person_id === null ? undefined : await findPerson(pool, staff.schoolId, row.person_id)
      return {
        taskId: row.task_id,
        kind: row.kind,
        payment: payment ? toListed(payment) : null,
        person: person ? toListedPerson(person) : null,
        amountFen: row.amount_fen,
        difference: row.difference,
        reason: row.reason,
        askedBy: { staffId: row.asked_by, displayName: row.asked_by_name },
        askedAt: row.asked_at.toISOString(),
        state: row.state,
        decidedBy: row.decided_by_name,
        decidedAt: row.decided_at?.toISOString() ?? null,
      }
    }),
  )
  return { status: 200, body: { tasks } }
}

/**
 * The second person's word. Whoever asked for it may take it back and not agree to it. What is agreed to is done
 * in the same transaction, so that it is never agreed to and not done.
 *
 * Refuses: NOT_FOUND, STAFF_ROLE_MISSING, STAFF_TASK_DECIDED, STAFF_NOT_ONESELF, and what a refund or a
 * deletion refuses.
 */
export async function decideTask(ctx: StaffContext<'decideTask'>): StaffOutcome<'decideTask'> {
  const { services, staff, params, body, about } = ctx
  const { schoolId, staffId } = staff
  about.ref = `task/${params.taskId}`
  const decided = await inTransaction(services.db.pool, async (tx) => {
    const payment = await lockWhatItIsAbout(tx, schoolId, params.taskId)
    const task = await lockTask(tx, schoolId, params.taskId)
    if (!task) return refuse('NOT_FOUND')
    noteTask(about, task)
    about.personId = task.person_id ?? payment?.person_id ?? undefined
    if (!mayDecide(staff.roles, task.kind)) return refuse('STAFF_ROLE_MISSING')
    if (task.state !== 'waiting') return refuse('STAFF_TASK_DECIDED')
    if (body.decision === 'decline') {
      about.ref += ' declined'
      await decideTaskRow(tx, schoolId, task.task_id, 'declined', staffId)
      await ctx.record(tx)
      return undefined
    }
    if (task.asked_by === staffId) return refuse('STAFF_NOT_ONESELF')
    await decideTaskRow(tx, schoolId, task.task_id, 'approved', staffId)
    if (task.kind !== 'refund') {
      const refused = await carryOut(tx, services, task)
      if (refused) throw new Undone(refused)
      await ctx.record(tx)
      return undefined
    }
    if (!payment) throw new Error('a refund is of no payment')
    const order = { schoolId, terminalId: payment.terminal_id, orderNo: payment.order_no }
    const refund = { refundNo: refundNoOf(task.task_id), amountFen: task.amount_fen ?? 0 }
    const refunding = await beginRefund(tx, services, order, refund)
    if (isRefusal(refunding)) throw new Undone(refunding)
    await ctx.record(tx)
    return { order, refunding }
  }).catch((error) => {
    if (error instanceof Undone) return error.refusal
    throw error
  })
  if (isRefusal(decided)) return decided
  if (!decided) {
    services.wakeEvents()
    return { status: 200, body: {} }
  }
  const refunded = await finishRefund(services, decided.order, decided.refunding)
  return isRefusal(refunded) ? refunded : { status: refunded.status, body: {} }
}

/** Rolls the decision back with what it cannot bring about. */
class Undone extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal.refused)
    this.refusal = refusal
  }
}

async function carryOut(tx: Tx, services: Services, task: TaskRow): Promise<Refusal | undefined> {
  const { school_id: schoolId, task_id: taskId } = task
  if (task.difference) await insertClearance(tx, schoolId, taskId, task.difference)
  else if (task.person_id) {
    const owner = { schoolId, personId: task.person_id }
    return erasePerson(tx, services, owner, async () => undefined)
  } else await raiseRefundAlone(tx, schoolId, task.amount_fen ?? 0)
  return undefined
}

const selectAbout = prepare<{ payment_id: string | null; person_id: string | null }>(
  'select payment_id, person_id from staff_tasks where school_id = $1 and task_id = $2',
)
/** Lock order everywhere: payment or payer, then what hangs on it. @returns The payment of a refund. */
async function lockWhatItIsAbout(tx: Tx, schoolId: string, taskId: string) {
  const [row] = await selectAbout(tx, [schoolId, taskId])
  if (row?.person_id) await lockPayer(tx, schoolId, row.person_id)
  return row?.payment_id ? lockPaymentById(tx, schoolId, row.payment_id) : undefined
}

function noteTask(about: StaffContext<'decideTask'>['about'], task: TaskRow): void {
  const what = task.payment_id ? `payment/${task.payment_id}` : task.difference?.reference
  about.ref = `task/${task.task_id} ${what ?? task.kind}`
  about.amountFen = task.amount_fen ?? undefined
  about.reason = task.reason
}
