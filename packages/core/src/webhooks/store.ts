import { prepare, type Queryable, type Tx } from '../db/database.ts'

/** What is told to somebody's server. */
export interface NewWebhook {
  schoolId: string
  /** Of what happened, so that it is told under one id for ever. */
  webhookId: string
  endpointId: string
  type: string
  data: Record<string, unknown>
  /** When it happened; now, if left out. */
  at?: Date
}

const insert = prepare(
  `insert into webhooks (school_id, webhook_id, endpoint_id, type, data)
   select $1, $2, $3, $4, $5
    where exists (select from webhook_endpoints where school_id = $1 and endpoint_id = $3)`,
)

/** Writes it in the transaction in which it happened. Nothing is written for who has no address. */
export async function insertWebhook(tx: Tx, webhook: NewWebhook): Promise<void> {
  const { schoolId, webhookId, endpointId, type, data } = webhook
  await insert(tx, [schoolId, webhookId, endpointId, type, JSON.stringify(data)])
}

const insertAll = prepare(
  `insert into webhooks (school_id, webhook_id, endpoint_id, type, data, created_at)
   select w.* from json_to_recordset($1) as w(school_id text, webhook_id uuid, endpoint_id uuid, type text,
                                              data jsonb, created_at timestamptz)`,
)

/** Many at once, of endpoints that are there. */
export async function insertWebhooks(tx: Tx, webhooks: readonly NewWebhook[]): Promise<void> {
  if (webhooks.length === 0) return
  const rows = webhooks.map(({ schoolId, webhookId, endpointId, type, data, at }) => ({
    ...{ school_id: schoolId, webhook_id: webhookId, endpoint_id: endpointId, type, data },
    created_at: at ?? new Date(),
  }))
  await insertAll(tx, [JSON.stringify(rows)])
}

const upsertEndpoint = prepare(
  `insert into webhook_endpoints (school_id, endpoint_id, url, sealed_secret, sealed_previous_secret, previous_until)
   values ($1, $2, $3, $4, $5, now() + make_interval(secs => $6::float8))
       on conflict (school_id, endpoint_id)
       do update set url = excluded.url, sealed_secret = excluded.sealed_secret,
                     sealed_previous_secret = excluded.sealed_previous_secret,
                     previous_until = excluded.previous_until`,
)

/** @param endpoint.previous The secret before, which is signed with as well for so long. */
export async function saveEndpoint(
  tx: Tx,
  endpoint: {
    schoolId: string
    endpointId: string
    url: string
    sealedSecret: Uint8Array
    previous?: { sealedSecret: Uint8Array; graceSeconds: number } | undefined
  },
): Promise<void> {
  const { schoolId, endpointId, url, sealedSecret, previous } = endpoint
  await upsertEndpoint(tx, [
    ...[schoolId, endpointId, url, sealedSecret],
    ...[previous?.sealedSecret ?? null, previous?.graceSeconds ?? null],
  ])
}

const updateUrl = prepare(
  'update webhook_endpoints set url = $3 where school_id = $1 and endpoint_id = $2',
)
export async function moveEndpoint(
  tx: Tx,
  schoolId: string,
  endpointId: string,
  url: string,
): Promise<void> {
  await updateUrl(tx, [schoolId, endpointId, url])
}

const deleteEndpoint = prepare(
  'delete from webhook_endpoints where school_id = $1 and endpoint_id = $2',
)

/** What waits for it is given up when its turn comes. */
export async function removeEndpoint(tx: Tx, schoolId: string, endpointId: string): Promise<void> {
  await deleteEndpoint(tx, [schoolId, endpointId])
}

const selectEndpoint = prepare<{
  url: string
  sealed_secret: Buffer
  sealed_previous_secret: Buffer | null
}>(
  `select url, sealed_secret, case when previous_until > now() then sealed_previous_secret end as sealed_previous_secret
     from webhook_endpoints where school_id = $1 and endpoint_id = $2`,
)

export async function findEndpoint(on: Queryable, schoolId: string, endpointId: string) {
  return (await selectEndpoint(on, [schoolId, endpointId]))[0]
}

export interface DueWebhook {
  school_id: string
  webhook_id: string
  endpoint_id: string
  type: string
  data: Record<string, unknown>
  created_at: Date
  attempt_count: number
}

// Of each endpoint a few, so that one which is slow keeps none waiting, and in no order of endpoints, so that
// many such do not always come first; what is claimed is left alone by others while it is tried.
const claim = prepare<DueWebhook>(
  `with due as (
     select w.school_id, w.webhook_id
       from (select endpoint_id from webhooks
              where next_attempt_at <= now() and endpoint_id <> all ($1::uuid[])
              group by endpoint_id order by random()) e
      cross join lateral (
        select school_id, webhook_id from webhooks
         where endpoint_id = e.endpoint_id and next_attempt_at <= now()
         order by next_attempt_at limit $2 for update skip locked) w
      limit $3)
   update webhooks w
      set attempt_count = attempt_count + 1, next_attempt_at = now() + interval '1 minute'
     from due d
    where w.school_id = d.school_id and w.webhook_id = d.webhook_id
   returning w.school_id, w.webhook_id, w.endpoint_id, w.type, w.data, w.created_at, w.attempt_count`,
)

/** @param busyIds Endpoints that are being told something already. */
export async function claimDueWebhooks(
  on: Queryable,
  busyIds: string[],
  perEndpointMax: number,
  countMax: number,
): Promise<DueWebhook[]> {
  return claim(on, [busyIds, perEndpointMax, countMax])
}

const markDelivered = prepare(
  `update webhooks set delivered_at = now(), next_attempt_at = null, failure = null
    where school_id = $1 and webhook_id = $2`,
)

export async function setDelivered(on: Queryable, webhook: DueWebhook): Promise<void> {
  await markDelivered(on, [webhook.school_id, webhook.webhook_id])
}

const markFailed = prepare(
  `update webhooks
      set failure = $3, next_attempt_at = now() + make_interval(secs => $4::float8)
    where school_id = $1 and webhook_id = $2 and delivered_at is null`,
)

/** @param retrySeconds null: it is given up. */
export async function setFailed(
  on: Queryable,
  webhook: DueWebhook,
  failure: string,
  retrySeconds: number | null,
): Promise<void> {
  await markFailed(on, [webhook.school_id, webhook.webhook_id, failure, retrySeconds])
}
