import { createHash } from 'node:crypto'
import { type Database, inTransaction, type Queryable, type Tx } from '../db/database.ts'
import { finishDay, type StatementRefusal, takeYourTime } from '../statements/finish-day.ts'
import type { OutsideLine } from './outside-line.ts'
import {
  carryDifferences,
  type DifferenceRow,
  findDifferences,
  findMatchedDay,
  findNextDay,
  gatherSides,
  insertLines,
  insertMatchedDay,
  lockMatching,
  type MatchedDay,
  type MatchScope,
  makeLineTable,
} from './store.ts'

const BATCH_COUNT = 5_000

/** Reads all lines of a day's file, from the first each time. */
export type OutsideFile = () => AsyncIterable<OutsideLine> | Iterable<OutsideLine>

export interface MatchedResult {
  matched: MatchedDay
  differences: DifferenceRow[]
}

/**
 * Why a day is not matched. `out_of_turn`: another day comes next. `file_changed`: it was matched with
 * another file; what they correct belongs into a later one. `differs`: books and movements disagree.
 */
export type MatchRefusal =
  | StatementRefusal
  | { refused: 'out_of_turn' | 'file_changed'; detail?: string }

/**
 * Holds what an outside system says of a day against the clearing account (R34), once, days in their order.
 * A difference stays open until both sides have moved the same under its reference, by whatever comes
 * later: an arrival, or the reversal of what only one side had. Again with the same file it changes
 * nothing, and says the same.
 *
 * @param lines What reading it throws is passed on, and nothing has changed.
 */
export async function matchDay(
  db: Database,
  scope: MatchScope,
  lines: OutsideFile,
): Promise<MatchedResult | MatchRefusal> {
  const finished = await finishDay(db, scope.schoolId, scope.day)
  if ('refused' in finished) return finished
  return inTransaction(db.pool, async (tx): Promise<MatchedResult | MatchRefusal> => {
    await takeYourTime(tx)
    await lockMatching(tx, scope)
    const sha256 = await takeLines(tx, lines)
    const before = await findMatchedDay(tx, scope)
    if (before) {
      if (!before.file_sha256.equals(sha256)) return { refused: 'file_changed' }
    } else {
      const next = await findNextDay(tx, scope)
      if (next !== undefined && next !== scope.day) return { refused: 'out_of_turn', detail: next }
      if (!(await gatherSides(tx, scope))) return { refused: 'differs' }
      await carryDifferences(tx, scope)
      await insertMatchedDay(tx, scope, sha256)
    }
    const result = await findMatched(tx, scope)
    if (!result) throw new Error('a day was not matched')
    return result
  })
}

/** What a day's matching came to, now or before. */
export async function findMatched(
  on: Queryable,
  scope: MatchScope,
): Promise<MatchedResult | undefined> {
  const matched = await findMatchedDay(on, scope)
  return matched && { matched, differences: await findDifferences(on, scope) }
}

/** @returns The SHA-256 of what they say, however it was written. */
async function takeLines(tx: Tx, lines: OutsideFile): Promise<Buffer> {
  await makeLineTable(tx)
  const hash = createHash('sha256')
  let batch: OutsideLine[] = []
  for await (const line of lines()) {
    hash.update(`${line.reference},${line.fen}\n`)
    batch.push(line)
    if (batch.length < BATCH_COUNT) continue
    await insertLines(tx, batch)
    batch = []
  }
  await insertLines(tx, batch)
  return hash.digest()
}
