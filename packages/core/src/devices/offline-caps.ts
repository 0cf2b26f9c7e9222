import type { OfflineCaps } from '@campus-ecode/protocol/devices'
import { prepare, type Queryable } from '../db/database.ts'

const select = prepare<{
  offline_single_fen: number
  offline_daily_fen: number
  offline_daily_count: number
}>(
  'select offline_single_fen, offline_daily_fen, offline_daily_count from schools where school_id = $1',
)

/** What the school lets a phone pay that has not been heard of for ten minutes (R21). */
export async function findOfflineCaps(on: Queryable, schoolId: string): Promise<OfflineCaps> {
  const [row] = await select(on, [schoolId])
  if (!row) throw new Error('there is no such school')
  return {
    singleFen: row.offline_single_fen,
    dailyFen: row.offline_daily_fen,
    dailyCount: row.offline_daily_count,
  }
}
