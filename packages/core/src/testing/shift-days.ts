import type { Queryable } from '../db/database.ts'

/**
 * As if all that happened so far had happened a day earlier, for what looks at whole days; what has happened today
 * goes to the noon of yesterday, so that nothing is in the last hour of a day whenever tests run. By one length of
 * time for all, so that what belongs together stays together.
 */
export async function shiftOneDayBack(on: Queryable): Promise<void> {
  const { rows } = await on.query<{ to_noon: string }>(
    `select (now() - ${TODAY} + interval '12 hours')::text as to_noon`,
  )
  for (const [table, columns] of Object.entries({
    postings: ['posted_at'],
    payments: ['created_at', 'paid_at', 'settled_at'],
    refunds: ['created_at', 'settled_at'],
    external_movements: ['created_at', 'settled_at'],
  })) {
    const set = columns.map(
      (column) =>
        `${column} = ${column} - case when ${column} >= ${TODAY} then $1::interval else '1 day' end`,
    )
    await on.query(`update ${table} set ${set.join(', ')}`, [rows[0]?.to_noon])
  }
}

/** When the day began in Shanghai. */
const TODAY = `(date_trunc('day', now() at time zone 'Asia/Shanghai') at time zone 'Asia/Shanghai')`

/** Asia/Shanghai, by the database's clock. */
export async function dayBefore(on: Queryable, days: number): Promise<string> {
  const { rows } = await on.query<{ day: string }>(
    `select ((now() at time zone 'Asia/Shanghai')::date - $1::int)::text as day`,
    [days],
  )
  return rows[0]?.day ?? ''
}
