import { prepare } from '../db/database.ts'
import { refuse } from '../http/operation.ts'
import { listDeliveries, replayWebhooks as replay } from '../webhooks/deliveries.ts'
import type { StaffContext, StaffOutcome } from './context.ts'

const LISTED_MAX = 100
/** As long as webhooks are kept. */
const KEPT_MS = 31 * 86_400_000

const selectEndpoints = prepare<{
  endpoint_id: string
  name: string | null
  url: string
  waiting_count: number
  given_up_count: number
}>(
  `select e.endpoint_id, t.name, e.url, w.waiting_count, w.given_up_count
     from webhook_endpoints e
     left join terminals t on t.school_id = e.school_id and t.terminal_id = e.endpoint_id
    cross join lateral (
       select count(*) filter (where next_attempt_at is not null) as waiting_count,
              count(*) filter (where next_attempt_at is null and delivered_at is null) as given_up_count
         from webhooks w
        where w.school_id = e.school_id and w.endpoint_id = e.endpoint_id and w.delivered_at is null) w
    where e.school_id = $1 order by t.name nulls first`,
)

/** Who is told, and what became of it (R41). */
export async function getWebhooks(ctx: StaffContext<'getWebhooks'>): StaffOutcome<'getWebhooks'> {
  const { services, staff, query } = ctx
  const { pool } = services.db
  const { schoolId } = staff
  const endpoints = await selectEndpoints(pool, [schoolId])
  const { endpointId = endpoints[0]?.endpoint_id, state } = query
  const rows = endpointId
    ? await listDeliveries(pool, { schoolId, endpointId }, { state, count: LISTED_MAX })
    : []
  return {
    status: 200,
    body: {
      endpoints: endpoints.map((row) => ({
        endpointId: row.endpoint_id,
        name: row.name,
        url: row.url,
        waitingCount: row.waiting_count,
        givenUpCount: row.given_up_count,
      })),
      deliveries: rows.map((row) => ({
        webhookId: row.webhook_id,
        type: row.type,
        state: row.state,
        createdAt: row.created_at.toISOString(),
        attemptCount: row.attempt_count,
        nextAttemptAt: row.next_attempt_at?.toISOString() ?? null,
        deliveredAt: row.delivered_at?.toISOString() ?? null,
        failure: row.failure,
      })),
    },
  }
}

/** Under the same ids, so that a receiver does nothing twice. Refuses: NOT_FOUND. */
export async function replayWebhooks(
  ctx: StaffContext<'replayWebhooks'>,
): StaffOutcome<'replayWebhooks'> {
  const { services, staff, body, about } = ctx
  const { endpointId, webhookId } = body
  about.ref = webhookId ? `webhook/${webhookId}` : `webhooks/${endpointId}`
  const of = { schoolId: staff.schoolId, endpointId }
  const now = services.now()
  const span = { from: new Date(now - KEPT_MS), until: new Date(now), state: 'given_up' } as const
  const count = await replay(services, of, webhookId ? { webhookId } : span)
  return webhookId && count === 0 ? refuse('NOT_FOUND') : { status: 200, body: { count } }
}
