import { inTransaction, prepare } from '../../db/database.ts'
import { refuse } from '../../http/operation.ts'
import type { DifferenceKind } from '../../matching/store.ts'
import type { StaffContext, StaffOutcome } from '../context.ts'
import { askForSecond } from '../tasks/store.ts'

const LISTED_MAX = 500

const selectPorts = prepare<{
  port: string
  day: string
  here_fen: number
  here_count: number
  there_fen: number
  there_count: number
  matched_at: Date
}>(
  `select distinct on (port) port, day::text as day, here_fen, here_count, there_fen, there_count, matched_at
     from matched_days where school_id = $1 order by port, matched_days.day desc`,
)

interface OpenRow {
  port: string
  reference: string
  since_day: string
  kind: DifferenceKind
  here_fen: number
  there_fen: number
  payment_id: string | null
  merchant_name: string | null
  order_no: string | null
  cleared: boolean
  task_reason: string | null
  task_state: string | null
}

// What was put aside goes on standing in the books' sums; only its place in the list changes.
const selectOpen = prepare<OpenRow>(
  `select d.port, d.reference, d.since_day::text as since_day, d.kind, d.here_fen, d.there_fen,
          o.payment_id, n.name as merchant_name, o.order_no,
          c.task_id is not null as cleared, k.reason as task_reason, k.state as task_state
     from differences d
     left join external_movements m
            on m.reference = d.reference and m.school_id = d.school_id and m.port = d.port
     left join refunds r on r.school_id = d.school_id and r.refund_id = m.movement_id
     left join payments o
            on o.school_id = d.school_id and o.payment_id = coalesce(r.payment_id, m.movement_id)
     left join merchants n on n.school_id = o.school_id and n.merchant_id = o.merchant_id
     left join cleared_differences c
            on c.school_id = d.school_id and c.port = d.port and c.reference = d.reference
           and c.since_day = d.since_day
     left join lateral (
       select t.reason, t.state from staff_tasks t
        where t.school_id = d.school_id and t.kind = 'clear_difference' and t.state <> 'declined'
          and t.difference->>'port' = d.port and t.difference->>'reference' = d.reference
          and t.difference->>'sinceDay' = d.since_day::text
        order by t.asked_at desc limit 1) k on true
    where d.school_id = $1 and d.until_day is null and d.kind is not null
      and ($3::text is null or (d.port = $3 and d.reference = $4 and d.since_day = $5::date))
    order by c.task_id is not null, d.kind = 'late', d.since_day, d.port, d.reference
    limit $2`,
)

/** What stands open now, of all systems, with what the office has made of it. */
export async function getDifferences({
  services,
  staff,
}: StaffContext<'getDifferences'>): StaffOutcome<'getDifferences'> {
  const { pool } = services.db
  const [ports, rows] = await Promise.all([
    selectPorts(pool, [staff.schoolId]),
    selectOpen(pool, [staff.schoolId, LISTED_MAX + 1, null, null, null]),
  ])
  return {
    status: 200,
    body: {
      ports: ports.map((row) => ({
        port: row.port,
        day: row.day,
        hereFen: row.here_fen,
        hereCount: row.here_count,
        thereFen: row.there_fen,
        thereCount: row.there_count,
        matchedAt: row.matched_at.toISOString(),
      })),
      differences: rows.slice(0, LISTED_MAX).map((row) => ({
        port: row.port,
        reference: row.reference,
        sinceDay: row.since_day,
        kind: row.kind,
        hereFen: row.here_fen,
        thereFen: row.there_fen,
        paymentId: row.payment_id,
        merchantName: row.merchant_name,
        orderNo: row.order_no,
        state: row.cleared ? 'cleared' : row.task_state === 'waiting' ? 'waiting' : 'open',
        reason: row.task_reason,
      })),
      more: rows.length > LISTED_MAX,
    },
  }
}

/**
 * Asks a second person of finance to put a difference aside. It is neither deleted nor changed: the sums that
 * `check-books` holds still have it.
 *
 * Refuses: NOT_FOUND for one that is not open any more, STAFF_TASK_DECIDED for one that somebody has seen to.
 */
export async function clearDifference(
  ctx: StaffContext<'clearDifference'>,
): StaffOutcome<'clearDifference'> {
  const { services, staff, body, about } = ctx
  const { taskId, port, reference, sinceDay, reason } = body
  Object.assign(about, { ref: `difference/${port}/${reference}`, reason })
  const refused = await inTransaction(services.db.pool, async (tx) => {
    const [row] = await selectOpen(tx, [staff.schoolId, 1, port, reference, sinceDay])
    if (!row) return refuse('NOT_FOUND')
    const difference = { port, reference, sinceDay }
    const task = { taskId, kind: 'clear_difference', difference, reason } as const
    if (row.cleared || row.task_state === 'waiting') return refuse('STAFF_TASK_DECIDED')
    if ((await askForSecond(tx, staff, task)) === 'other') return refuse('STAFF_TASK_DECIDED')
    await ctx.record(tx)
    return undefined
  })
  return refused ?? { status: 202, body: {} }
}
