import { describeError, type ErrorCode } from '@campus-ecode/protocol/errors'
import type { PersonEvent } from '@campus-ecode/protocol/events'
import type { Account } from '@campus-ecode/protocol/shapes'
import type { Scan } from '../codes/scan.ts'
import { inTransaction } from '../db/database.ts'
import { insertEvent } from '../events/insert-event.ts'
import type { Services } from '../http/operation.ts'

/**
 * Tells the phone why a code of its own was not taken though no order came of it: used, expired, too
 * early, paused (R22).
 */
export async function tellRefusedScan(
  services: Services,
  schoolId: string,
  scan: Scan,
  refused: {
    refused: ErrorCode
    personId: string
    account: Account
    deviceId?: string
    codeId?: string
    orderNo: string
    listFen: number
  },
): Promise<void> {
  const eventId = services.newId()
  const data: PersonEvent['data'] = {
    type: 'payment',
    account: refused.account,
    deviceId: refused.deviceId ?? null,
    codeId: refused.codeId ?? null,
    entry: {
      entryId: eventId,
      paymentId: eventId,
      kind: 'payment',
      direction: 'out',
      status: 'REFUSED',
      at: new Date(services.now()).toISOString(),
      merchantName: scan.merchant_name,
      terminalName: scan.terminal_name,
      means: 'code',
      channel: null,
      cardTail: null,
      listFen: refused.listFen,
      rule: null,
      amountFen: refused.listFen,
      orderNo: refused.orderNo,
      refusal: { code: refused.refused, message: describeError(refused.refused).sentences },
    },
  }
  await inTransaction(services.db.pool, (tx) =>
    insertEvent(tx, {
      schoolId,
      personId: refused.personId,
      eventId,
      kind: 'scan_refused',
      data,
    }),
  )
  services.wakeEvents()
}
