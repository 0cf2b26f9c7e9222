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
