import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'

/** A minute goes by since somebody began to bind a card: only then may they begin another. */
export function passAMinute(dataDir: string, personId: string): Promise<void> {
  const sql = `update card_bindings set started_at = started_at - interval '61 seconds'
                where person_id = $1`
  return change(dataDir, sql, [personId])
}

/** What was paid just now was paid a month ago. */
export function passAMonth(dataDir: string, orderNos: string[]): Promise<void> {
  const sql = `update payments set created_at = created_at - interval '1 month'
                where order_no = any($1)`
  return change(dataDir, sql, [orderNos])
}

/** So long ago a shower was begun, and nothing was heard of it since. */
export function passSilence(dataDir: string, sessionNo: string, seconds: number): Promise<void> {
  const sql = `update water_sessions
                  set started_at = started_at - make_interval(secs => $2),
                      heard_at = heard_at - make_interval(secs => $2)
                where session_no = $1`
  return change(dataDir, sql, [sessionNo, seconds])
}

/** So long ago a shower was begun; the pipe can have given as much. */
export function passShower(dataDir: string, sessionNo: string, seconds: number): Promise<void> {
  const sql = `update water_sessions set started_at = started_at - make_interval(secs => $2)
                where session_no = $1`
  return change(dataDir, sql, [sessionNo, seconds])
}

/** A day ago the canteen's server was told something, and answered nothing until it was given up. */
export function giveUpWebhook(dataDir: string): Promise<void> {
  const sql = `insert into webhooks (school_id, webhook_id, endpoint_id, type, data, attempt_count, next_attempt_at,
                                     failure, created_at)
               select school_id, $1, endpoint_id, 'order.paid', '{}', 12, null, 'answered 500', now() - interval '1 day'
                 from webhook_endpoints limit 1`
  return change(dataDir, sql, [randomUUID()])
}

/** The time of an online order is over. */
export function passOrderTime(dataDir: string, orderNo: string): Promise<void> {
  const sql = `update online_orders set expires_at = now() where order_no = $1`
  return change(dataDir, sql, [orderNo])
}

/** The minute of the code that somebody was issued last begins now. */
export function beginMinuteAnew(dataDir: string, personId: string): Promise<void> {
  const sql = `update issued_codes
                  set issued_at = now(), expires_at = now() + (expires_at - issued_at)
                where person_id = $1 and revoked_at is null`
  return change(dataDir, sql, [personId])
}

/** Nobody can wait so long in a test, and no person can do this: only who owns the database. */
async function change(dataDir: string, sql: string, values: unknown[]): Promise<void> {
  const folder = join(dataDir, 'postgres')
  // PostgreSQL's own file: its fourth line is the port.
  const port = Number(readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n')[3])
  const password = readFileSync(join(folder, 'superuser-password'), 'utf8').trim()
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: 'postgres',
    password,
    database: 'campus_ecode',
  })
  await client.connect()
  try {
    const { rowCount } = await client.query(sql, values)
    if (!rowCount) throw new Error('there is nothing that time could pass for')
  } finally {
    await client.end()
  }
}
