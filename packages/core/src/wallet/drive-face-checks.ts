import { inTransaction } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import { claimDueFaceChecks } from './face-store.ts'
import { askFaceCheck, takeFaceResult } from './learn-face-check.ts'

const CLAIM_MAX = 20

/**
 * Asks after face checks whose end nobody has told, also for people who have left the page, and ends
 * those whose time is up.
 *
 * @returns how many were due.
 */
export async function driveFaceChecks(services: Services): Promise<number> {
  const due = await claimDueFaceChecks(services.db.pool, CLAIM_MAX)
  await Promise.all(
    due.map(async ({ over, ...params }) => {
      await askFaceCheck(services, params)
      if (!over) return
      await inTransaction(services.db.pool, (tx) => takeFaceResult(tx, services, params, 'EXPIRED'))
    }),
  )
  return due.length
}
