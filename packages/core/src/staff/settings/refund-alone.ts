import { inTransaction, prepare, type Tx } from '../../db/database.ts'
import { refuse } from '../../http/operation.ts'
import type { StaffContext, StaffOutcome } from '../context.ts'
import { findSchool } from '../session-store.ts'
import { askForSecond, findTasks } from '../tasks/store.ts'

export async function getSettings({
  services,
  staff,
}: StaffContext<'getSettings'>): StaffOutcome<'getSettings'> {
  const { pool } = services.db
  const school = await findSchool(pool, staff.schoolId)
  if (!school) throw new Error('somebody is of no school')
  const [task] = await findTasks(pool, staff.schoolId, ['raise_refund_alone'])
  const asked =
    task?.state === 'waiting'
      ? {
          amountFen: task.amount_fen ?? 0,
          by: task.asked_by_name,
          at: task.asked_at.toISOString(),
        }
      : null
  return { status: 200, body: { refundAloneFen: school.refund_alone_fen, asked } }
}

const lower = prepare<{ lowered: 1 }>(
  `update schools set refund_alone_fen = $2 where school_id = $1 and refund_alone_fen >= $2
   returning 1 as lowered`,
)
const raise = prepare('update schools set refund_alone_fen = $2 where school_id = $1')

/**
 * What one person refunds alone. Less needs nobody; more is what a second person of finance is there to
 * prevent, and takes one.
 *
 * Refuses: STAFF_TASK_DECIDED while another raise waits.
 */
export async function setRefundAlone(
  ctx: StaffContext<'setRefundAlone'>,
): StaffOutcome<'setRefundAlone'> {
  const { services, staff, body, about } = ctx
  const { taskId, amountFen, reason } = body
  Object.assign(about, { ref: 'settings/refund-alone', amountFen, reason })
  return inTransaction(services.db.pool, async (tx) => {
    if ((await lower(tx, [staff.schoolId, amountFen])).length > 0) {
      await ctx.record(tx)
      return { status: 200, body: {} } as const
    }
    about.ref += ' waits'
    const kind = 'raise_refund_alone' as const
    const asked = await askForSecond(tx, staff, { taskId, kind, amountFen, reason })
    if (asked === 'other') return refuse('STAFF_TASK_DECIDED')
    await ctx.record(tx)
    return { status: 202, body: {} } as const
  })
}

/** Once a second person has agreed. */
export async function raiseRefundAlone(tx: Tx, schoolId: string, amountFen: number): Promise<void> {
  await raise(tx, [schoolId, amountFen])
}
