import type { ErrorCode } from '@campus-ecode/protocol/errors'
import type { AppliedRule } from '@campus-ecode/protocol/payments'
import type { ForeignKind } from '@campus-ecode/protocol/shapes'
import { prepare, type Tx } from '../db/database.ts'
import type { OrderKey } from '../payments/store.ts'
import type { BoundPayer } from './foreign-codes.ts'

export interface ForeignOrder extends OrderKey {
  kind: ForeignKind
  merchantId: string
  paymentId: string
  contentHash: Uint8Array
  payer: BoundPayer
  listFen: number
  amountFen: number
  rule: AppliedRule | null
}

const selectReason = prepare<{ reason: ErrorCode | null }>(
  `select case
            when p.card_status = 'locked' then 'CARD_LOCKED'
            when p.card_status = 'closed' then 'CARD_CLOSED'
            when p.card_status <> 'active' then 'CARD_NOT_CLAIMED'
            when not t.enabled then 'TERMINAL_DISABLED'
            when not m.accepting then 'MERCHANT_NOT_ACCEPTING'
          end as reason
     from payers p
     join terminals t on t.school_id = p.school_id and t.terminal_id = $3
     join merchants m on m.school_id = p.school_id and m.merchant_id = t.merchant_id
    where p.school_id = $1 and p.person_id = $2`,
)

/** Why this person may not pay here, in the order of `pay_batch`; under the payer's lock. */
export async function findReason(
  tx: Tx,
  { schoolId, terminalId, payer }: ForeignOrder,
): Promise<ErrorCode | null> {
  const [row] = await selectReason(tx, [schoolId, payer.person_id, terminalId])
  if (!row) throw new Error('a payer or a terminal is gone')
  return row.reason
}

const insert = prepare<{ inserted: 1 }>(
  `insert into payments (school_id, terminal_id, order_no, payment_id, content_hash, status, refusal,
                         merchant_id, person_id, class, masked_name, list_fen, amount_fen, rule, channel,
                         means, settled_at)
   values ($1, $2, $3, $4, $5, case when $6::text is null then 'PROCESSING' else 'REFUSED' end, $6,
           $7, $8, $9, $10, $11, $12, $13, case when $6 is null then $14 end,
           $14, case when $6 is not null then now() end)
   on conflict do nothing
   returning 1 as inserted`,
)

/** @returns False when there is an order of that number, which then is answered. */
export async function insertForeignOrder(
  tx: Tx,
  order: ForeignOrder,
  refusal: ErrorCode | null,
): Promise<boolean> {
  const { payer } = order
  const rows = await insert(tx, [
    order.schoolId,
    order.terminalId,
    order.orderNo,
    order.paymentId,
    order.contentHash,
    refusal,
    order.merchantId,
    payer.person_id,
    payer.class,
    payer.masked_name,
    order.listFen,
    order.amountFen,
    order.rule === null ? null : JSON.stringify(order.rule),
    order.kind,
  ])
  return rows.length > 0
}

const setWait = prepare(
  `update payments set confirm_by = created_at + make_interval(secs => $3)
    where school_id = $1 and payment_id = $2 and status in ('PROCESSING', 'UNKNOWN') and confirm_by is null`,
)

/**
 * The other system asks the payer for its own password: until when the till may wait for it. An answer that
 * was lost meanwhile takes nothing of that time.
 */
export async function saveWait(
  tx: Tx,
  schoolId: string,
  paymentId: string,
  waitSeconds: number,
): Promise<void> {
  await setWait(tx, [schoolId, paymentId, waitSeconds])
}
