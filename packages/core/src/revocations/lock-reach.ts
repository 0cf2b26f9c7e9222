import type { LockReach } from '@campus-ecode/protocol/access'
import type { Queryable } from '../db/database.ts'
import { findReach } from './store.ts'

const WAITING_MAX = 20

/**
 * How far the last end of a person's credentials has reached (R32).
 *
 * @returns null once every gate in use knows, or nothing that was ended would still live.
 */
export async function findLockReach(
  on: Queryable,
  schoolId: string,
  personId: string,
  at: Date,
): Promise<LockReach | null> {
  const row = await findReach(on, schoolId, personId, at, WAITING_MAX)
  if (!row || row.reached_count === row.gate_count || row.reason === 'replaced') return null
  return {
    at: row.at.toISOString(),
    reason: row.reason,
    gateCount: row.gate_count,
    reachedCount: row.reached_count,
    waiting: row.waiting.map(({ name, lastContactAt }) => ({
      name,
      lastContactAt: lastContactAt && new Date(lastContactAt).toISOString(),
    })),
  }
}
