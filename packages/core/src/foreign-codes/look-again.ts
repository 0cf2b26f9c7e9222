import type { ForeignKind } from '@campus-ecode/protocol/shapes'
import { prepare } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import type { Movement } from '../movements/store.ts'
import { referenceOfLateRefund } from '../ports/foreign-code-port.ts'

const LOOK_AFTER_MINUTES = 5
const AT_ONCE_MAX = 20

const claim = prepare<Movement & { port: ForeignKind }>(
  `update external_movements m set next_attempt_at = now() + interval '1 minute'
     from (select school_id, movement_id from external_movements
            where port in ('wechat', 'alipay', 'unionpay') and kind = 'debit' and outcome in ('declined', 'reversed')
              and looked_at is null and state = 'done'
              and settled_at < now() - interval '${LOOK_AFTER_MINUTES} minutes'
              and next_attempt_at <= now()
            order by settled_at limit ${AT_ONCE_MAX} for update skip locked) due
    where m.school_id = due.school_id and m.movement_id = due.movement_id
   returning m.*`,
)
const markLookedAt = prepare(
  `update external_movements set looked_at = now() where school_id = $1 and movement_id = $2`,
)

/**
 * Looks at charges once more that came to nothing here, minutes after that: none may stand there. One
 * that does, against their own rules, is returned in full, and an alarm raised; it is looked at until
 * it is gone. One whose return they have closed is gone, too: the port has raised its alarm, and the
 * bill shows it.
 */
export async function lookAgain(services: Services): Promise<void> {
  for (const charge of await claim(services.db.pool, [])) {
    const {
      port: kind,
      school_id: schoolId,
      movement_id: movementId,
      reference,
      amount_fen: amountFen,
    } = charge
    const port = services.ports.foreignCodes[kind]?.port
    if (!port) continue
    const answer = await port.query(reference)
    const isGone = answer.ok
      ? answer.value.status === 'DECLINED' || answer.value.status === 'REVERSED'
      : answer.reason === 'REFUSED' && answer.error === 'NOT_FOUND'
    if (isGone) {
      await markLookedAt(services.db.pool, [schoolId, movementId])
    } else if (answer.ok && answer.value.status === 'SUCCEEDED') {
      services.log.error(
        { schoolId, movementId, port: kind },
        'alarm: an order that came to nothing was charged; it is returned',
      )
      const refundReference = referenceOfLateRefund(reference)
      await port.refund(reference, { refundReference, amountFen })
    }
  }
}
