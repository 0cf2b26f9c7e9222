import { statfs } from 'node:fs/promises'
import { addGauge } from '@campus-ecode/service/metrics'
import { Gauge } from 'prom-client'
import type { Database } from '../db/database.ts'

/** However often Prometheus asks, and however many cores there are: the database is asked this often. */
const STATE_AGE_MS = 5_000

const openPayments = new Gauge({
  name: 'ecode_core_open_payments',
  help: 'Payments that are not decided, by state; every core says the same',
  labelNames: ['state'],
})
const movements = new Gauge({
  name: 'ecode_core_movements',
  help: 'Money asked of outside systems and not decided, by port',
  labelNames: ['port'],
})
const movementLag = new Gauge({
  name: 'ecode_core_movement_lag_seconds',
  help: 'How long the oldest movement has been due that no worker has taken, by port',
  labelNames: ['port'],
})

const STATES = ['PROCESSING', 'UNKNOWN', 'REVERSING', 'AWAITING_PASSWORD'] as const
const PORTS = ['bank', 'one_card', 'wechat', 'alipay', 'unionpay', 'utility'] as const

interface Row {
  payments: Record<string, number> | null
  unknown_age: number
  movements: Record<string, { count: number; lag: number }> | null
  webhooks: number
  webhook_lag: number
  event_lag: number
  now: number
  standbys_wanted: boolean
  standbys: number
  oldest_transaction: number
}

const age = (at: string) => `coalesce(extract(epoch from now() - ${at}), 0)::float8`
// All of it by indexes that hold nothing but what is open.
const STATE = `
  select (select jsonb_object_agg(status, count) from (
            select status, count(*) from payments
             where status in ('PROCESSING', 'UNKNOWN', 'REVERSING', 'AWAITING_PASSWORD') group by status) p) as payments,
         (select ${age('min(created_at)')} from payments where status = 'UNKNOWN') as unknown_age,
         (select jsonb_object_agg(port, jsonb_build_object('count', count, 'lag', lag)) from (
            select port, count(*), greatest(0, ${age('min(next_attempt_at)')}) as lag
              from external_movements where state = 'open' group by port) m) as movements,
         (select count(*) from webhooks where next_attempt_at is not null)::int as webhooks,
         (select greatest(0, ${age('min(next_attempt_at)')}) from webhooks where next_attempt_at is not null) as webhook_lag,
         (select ${age('min(at)')} from events where tx >= pg_snapshot_xmin(pg_current_snapshot())) as event_lag,
         extract(epoch from clock_timestamp())::float8 * 1000 as now,
         current_setting('synchronous_standby_names') <> '' as standbys_wanted,
         (select count(*) from pg_stat_replication where sync_state in ('sync', 'quorum'))::int as standbys,
         (select ${age('min(xact_start)')} from pg_stat_activity
           where datname = current_database() and backend_type = 'client backend') as oldest_transaction`

/**
 * Has the state of queues and database read when Prometheus asks: at most every five seconds.
 *
 * @param isReady Of this process, for the gauge.
 */
export function watchState(options: {
  db: Pick<Database, 'pool'>
  dataDir: string
  checkKeys(): Promise<void>
  isStopping(): boolean
}): { refresh(): Promise<void> } {
  const { db, dataDir, checkKeys, isStopping } = options
  let readAt = Number.NEGATIVE_INFINITY
  let row: Row | undefined
  let clockOffsetMs = 0
  let keysUp = 0
  let freeShare = 1
  const read = (name: string, help: string, of: (row: Row) => number) =>
    addGauge(name, help, () => (row ? of(row) : 0))

  addGauge(
    'ecode_core_ready',
    '1 while database and key process answer and nobody asked it to stop',
    () => (row && keysUp === 1 && !isStopping() ? 1 : 0),
  )
  addGauge('ecode_core_database_up', '1 while the database answers', () => (row ? 1 : 0))
  addGauge('ecode_core_key_process_up', '1 while the key process answers', () => keysUp)
  addGauge(
    'ecode_core_clock_offset_seconds',
    'How far this machine’s clock is ahead of the database’s',
    () => clockOffsetMs / 1000,
  )
  addGauge('ecode_core_disk_free_ratio', 'Of the file system of DATA_DIR', () => freeShare)
  addGauge(
    'ecode_core_pool_connections',
    'To the database, in use or idle',
    () => db.pool.totalCount,
  )
  addGauge(
    'ecode_core_pool_idle',
    'Connections to the database without work',
    () => db.pool.idleCount,
  )
  addGauge(
    'ecode_core_pool_waiting',
    'Operations that wait for a connection',
    () => db.pool.waitingCount,
  )
  read(
    'ecode_core_unknown_age_seconds',
    'Age of the oldest payment whose outcome nobody knows',
    (r) => r.unknown_age,
  )
  read('ecode_core_webhooks_waiting', 'Webhooks not taken yet', (r) => r.webhooks)
  read(
    'ecode_core_webhook_lag_seconds',
    'How long the oldest webhook has been due',
    (r) => r.webhook_lag,
  )
  read(
    'ecode_core_event_lag_seconds',
    'Age of the oldest event that cannot be told yet, since an older transaction still runs',
    (r) => r.event_lag,
  )
  read(
    'ecode_core_sync_standbys_missing',
    '1 while commits wait for a synchronous standby that is not there',
    (r) => (r.standbys_wanted && r.standbys === 0 ? 1 : 0),
  )
  read('ecode_core_sync_standbys', 'Standbys that have every commit', (r) => r.standbys)
  read('ecode_core_oldest_transaction_seconds', 'Of the database', (r) => r.oldest_transaction)

  async function readAll(): Promise<void> {
    const startedAt = Date.now()
    row = await db.pool.query<Row>(STATE).then(
      ({ rows }) => rows[0],
      () => undefined,
    )
    const tookMs = Date.now() - startedAt
    if (row) clockOffsetMs = startedAt + tookMs / 2 - row.now
    for (const state of STATES) openPayments.labels(state).set(row?.payments?.[state] ?? 0)
    for (const port of PORTS) {
      movements.labels(port).set(row?.movements?.[port]?.count ?? 0)
      movementLag.labels(port).set(row?.movements?.[port]?.lag ?? 0)
    }
    keysUp = await checkKeys().then(
      () => 1,
      () => 0,
    )
    const disk = await statfs(dataDir).catch(() => undefined)
    if (disk) freeShare = disk.bavail / disk.blocks
  }

  let reading: Promise<void> | undefined
  return {
    refresh() {
      if (Date.now() - readAt < STATE_AGE_MS && reading) return reading
      readAt = Date.now()
      reading = readAll()
      return reading
    },
  }
}
