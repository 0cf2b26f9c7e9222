import { inTransaction, prepare, type Queryable } from '../db/database.ts'
import type { Place } from '../db/place.ts'
import { isBeyond, microsOf } from '../db/place.ts'
import type { Services } from '../http/operation.ts'
import { takeYourTime } from '../statements/finish-day.ts'

/** `waiting`: it is sent, or sent again, at `nextAttemptAt`. `given_up`: after about a day of tries. */
export const deliveryStates = ['waiting', 'delivered', 'given_up'] as const
export type DeliveryState = (typeof deliveryStates)[number]

/** A webhook as whoever looks after them sees it; what it says is not shown. */
export interface DeliveryRow {
  webhook_id: string
  type: string
  state: DeliveryState
  created_at: Date
  at_micros: number
  attempt_count: number
  next_attempt_at: Date | null
  delivered_at: Date | null
  /** Of the last attempt, in a word: `answered 500`, `no answer in time`, `address not allowed`. */
  failure: string | null
}

const STATE = `case when next_attempt_at is not null then 'waiting'
                    when delivered_at is not null then 'delivered' else 'given_up' end`

const select = prepare<DeliveryRow>(
  `select webhook_id, type, ${STATE} as state, created_at, ${microsOf('created_at')} as at_micros, attempt_count,
          next_attempt_at, delivered_at, failure
     from webhooks
    where school_id = $1 and endpoint_id = $2 and ($3::text is null or ${STATE} = $3)
      and ${isBeyond('created_at', 'webhook_id', '$4', '$5')}
    order by created_at desc, webhook_id desc limit $6`,
)

/** Of the last thirty days, newest first. @param after The last row of the page before. */
export async function listDeliveries(
  on: Queryable,
  { schoolId, endpointId }: { schoolId: string; endpointId: string },
  {
    state,
    after,
    count,
  }: { state?: DeliveryState | undefined; after?: Place | undefined; count: number },
): Promise<DeliveryRow[]> {
  const place = [after?.atMicros ?? null, after?.id ?? null]
  return select(on, [schoolId, endpointId, state ?? null, ...place, count])
}

/** One, or what happened in a span; of all states, or of those that were given up. */
export type WhichWebhooks =
  | { webhookId: string }
  | { from: Date; until: Date; state?: DeliveryState | undefined }

const replayOne = prepare<{ webhook_id: string }>(
  `update webhooks set next_attempt_at = now(), attempt_count = 0, delivered_at = null, failure = null
    where school_id = $1 and endpoint_id = $2 and webhook_id = $3
   returning webhook_id`,
)
const replaySpan = prepare<{ count: number }>(
  `with again as (
     update webhooks set next_attempt_at = now(), attempt_count = 0, delivered_at = null, failure = null
      where school_id = $1 and endpoint_id = $2 and created_at >= $3 and created_at < $4
        and ($5::text is null or ${STATE} = $5)
     returning 1)
   select count(*) as count from again`,
)

/**
 * Sends again what was told, or could not be: the same content under the same ids, so that a receiver which
 * remembers them loses nothing and does nothing twice. Tries begin anew.
 *
 * @returns How many.
 */
export async function replayWebhooks(
  { db }: Pick<Services, 'db'>,
  { schoolId, endpointId }: { schoolId: string; endpointId: string },
  which: WhichWebhooks,
): Promise<number> {
  const ofEndpoint = [schoolId, endpointId]
  if ('webhookId' in which) {
    return (await replayOne(db.pool, [...ofEndpoint, which.webhookId])).length
  }
  return inTransaction(db.pool, async (tx) => {
    await takeYourTime(tx)
    const { from, until, state } = which
    return (await replaySpan(tx, [...ofEndpoint, from, until, state ?? null]))[0]?.count ?? 0
  })
}
