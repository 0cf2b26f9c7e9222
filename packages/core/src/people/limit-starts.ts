import { prepare, type Tx } from '../db/database.ts'
import { type Refusal, refuse } from '../http/operation.ts'

const STARTS_MAX = 30
const WINDOW_SECONDS = 600

/**
 * How often a person may begin something that costs no message: thirty times in ten minutes. To be
 * asked under the payer's lock, and before the row is written that counts.
 *
 * @param table Has one row per start; `startedAt` is its time, `where` says which rows count.
 * @returns A function that refuses RATE_LIMITED.
 */
export function limitStarts({
  table,
  startedAt,
  where = 'true',
}: {
  table: string
  startedAt: string
  where?: string
}): (tx: Tx, schoolId: string, personId: string) => Promise<Refusal | undefined> {
  const select = prepare<{ since_first: number }>(
    `select extract(epoch from now() - min(${startedAt}))::float8 as since_first
       from ${table}
      where school_id = $1 and person_id = $2 and ${where}
        and ${startedAt} > now() - interval '${WINDOW_SECONDS} seconds'
     having count(*) >= ${STARTS_MAX}`,
  )
  return async (tx, schoolId, personId) => {
    const [many] = await select(tx, [schoolId, personId])
    if (!many) return undefined
    const retryAfterSeconds = Math.ceil(WINDOW_SECONDS - many.since_first)
    return refuse('RATE_LIMITED', { retryAfterSeconds })
  }
}
