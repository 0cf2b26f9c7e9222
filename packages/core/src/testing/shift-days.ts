import type { Queryable } from '../db/database.ts'

/**
 * As if all that happened so far had happened a day earlier, for what looks at whole days. In one statement
 * a table, so that what belongs together stays together.
 */
export async function shiftOneDayBack(on: Queryable): Promise<void> {
  for (const [table, columns] of Object.entries({
    postings: ['posted_at'],
    payments: ['created_at', 'paid_at', 'settled_at'],
    refunds: ['created_at', 'settled_at'],
    external_movements: ['created_at', 'settled_at'],
  })) {
    const set = columns.map((column) => `${column} = ${column} - interval '1 day'`)
    await on.query(`update ${table} set ${set.join(', ')}`)
  }
}

/** Asia/Shanghai, by the database's clock. */
export async function dayBefore(on: Queryable, days: number): Promise<string> {
  const { rows } = await on.query<{ day: string }>(
    `select ((now() at time zone 'Asia/Shanghai')::date - $1::int)::text as day`,
    [days],
  )
  return rows[0]?.day ?? ''
}
