import { prepare } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import { driveMovement } from '../movements/drive-movement.ts'

const select = prepare<{ school_id: string; movement_id: string }>(
  `select school_id, movement_id from external_movements
    where reference = $1 and port = 'wechat' and kind = 'refund'`,
)

/**
 * WeChat has decided a refund. What it says is not taken for the outcome: the refund is asked about at
 * once, as the worker would later.
 */
export async function hearRefundNotice(services: Services, reference: string): Promise<void> {
  for (const refund of await select(services.db.pool, [reference])) {
    await driveMovement(services, refund.school_id, refund.movement_id)
  }
  services.wakeEvents()
}
