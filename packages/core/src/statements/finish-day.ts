import { type Database, inTransaction, type Tx } from '../db/database.ts'
import {
  type FinishedDay,
  findFinishedDay,
  findRunningSince,
  hasSchool,
  insertFinishedDay,
  isDayOver,
  keepNames,
  sumDay,
} from './store.ts'

/**
 * Why a day has no statement. `unfinished`: a transaction that began on it still runs. `changed`: its
 * postings are not those that it was finished with. `differs`: books and payments say different things.
 */
export type StatementRefusal = {
  refused: 'unknown_school' | 'too_early' | 'unfinished' | 'changed' | 'differs'
  detail?: string
}

/**
 * Finishes a day, once: from then on nothing of it changes. A posting belongs to the day on which the
 * transaction that wrote it began; a day is finished when none of its transactions runs any more, so
 * whatever is settled later stands on a later day.
 */
export async function finishDay(
  db: Database,
  schoolId: string,
  day: string,
): Promise<FinishedDay | StatementRefusal> {
  if (!(await hasSchool(db.pool, schoolId))) return { refused: 'unknown_school' }
  const before = await findFinishedDay(db.pool, schoolId, day)
  if (before) return before
  if (!(await isDayOver(db.pool, day))) return { refused: 'too_early' }
  // Asked before anything is counted: who is no longer running then can be seen.
  const running = await findRunningSince(db.pool, day)
  if (running) {
    const { pid, application_name: name, xact_start: since } = running
    return { refused: 'unfinished', detail: `${name} (${pid}) since ${since.toISOString()}` }
  }
  return inTransaction(db.pool, async (tx) => {
    await takeYourTime(tx)
    await insertFinishedDay(tx, schoolId, day, await sumDay(tx, schoolId, day))
    await keepNames(tx, schoolId, day)
    const finished = await findFinishedDay(tx, schoolId, day)
    if (!finished) throw new Error('a day was not finished')
    return finished
  })
}

/** A whole day is more than a request may read. */
export async function takeYourTime(tx: Tx): Promise<void> {
  await tx.query('set local statement_timeout = 0')
  await tx.query('set local idle_in_transaction_session_timeout = 0')
}
