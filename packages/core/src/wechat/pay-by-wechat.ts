import type { terminalRoutes } from '@campus-ecode/protocol/core-api'
import type { ErrorCode } from '@campus-ecode/protocol/errors'
import { lockPayer } from '../cards/store.ts'
import type { Scan } from '../codes/scan.ts'
import { inTransaction } from '../db/database.ts'
import {
  type Context,
  isRefusal,
  type Refusal,
  refuse,
  type Services,
  type TerminalCaller,
} from '../http/operation.ts'
import { driveMovement } from '../movements/drive-movement.ts'
import { insertMovement, referenceOfDebit } from '../movements/store.ts'
import { priceFor } from '../payments/price.ts'
import { tellPayment } from '../payments/settle-payment.ts'
import { lockPayment, type OrderKey } from '../payments/store.ts'
import type { WechatPort } from '../ports/wechat-pay/wechat-port.ts'
import { findBoundPayer, indexOpenid } from './binding-store.ts'
import { findReason, insertWechatOrder, type WechatOrder } from './order-store.ts'

type PayContext = Context<typeof terminalRoutes.pay, TerminalCaller>

const refusals: Record<'invalid' | 'expired' | 'unavailable', ErrorCode> = {
  invalid: 'CODE_NOT_RECOGNISED',
  expired: 'CODE_EXPIRED',
  unavailable: 'WECHAT_UNAVAILABLE',
}

/**
 * Has WeChat charged for an order that was paid with WeChat's own code (R27): whose code it is, and so the
 * class and its price; then the order and its intent, in one transaction; then the charge, once. The code
 * is kept nowhere: whoever goes on later asks by the order's number.
 *
 * @param scan Of an order that is new.
 * @returns A refusal where no order came of it; undefined when there is one now, to be answered as it stands.
 */
export async function payByWechat(
  services: Services,
  port: WechatPort,
  ctx: PayContext,
  { scan, contentHash, authCode }: { scan: Scan; contentHash: Uint8Array; authCode: string },
): Promise<Refusal | undefined> {
  const { caller, body } = ctx
  const { schoolId } = caller
  const found = await port.findPayer(authCode)
  if ('failed' in found) return refuseUnknown(services, ctx, refusals[found.failed])
  const openidIndex = await indexOpenid(services, schoolId, found.openid)
  const payer = await findBoundPayer(services.db.pool, schoolId, openidIndex)
  if (!payer) return refuseUnknown(services, ctx, 'WECHAT_NOT_BOUND')

  const key: OrderKey = { ...caller, orderNo: body.orderNo }
  const order: WechatOrder = {
    ...key,
    merchantId: scan.merchant_id,
    paymentId: services.newId(),
    contentHash,
    payer,
    listFen: body.amountFen,
    ...priceFor(body.amountFen, payer.class, scan.price_rules),
  }
  const written = await writeOrder(services, ctx, order, openidIndex)
  if (isRefusal(written)) return written
  services.wakeEvents()
  if (written !== 'charge') return undefined
  await driveMovement(services, schoolId, order.paymentId, {
    authCode,
    terminalId: caller.terminalId,
    merchantId: scan.merchant_id,
    description: scan.merchant_name,
  })
  services.wakeEvents()
  return undefined
}

/** Nothing is known of the payer, so there is no order. What was refused must not pay when it is repeated. */
async function refuseUnknown(
  { db }: Services,
  ctx: PayContext,
  refused: ErrorCode,
): Promise<Refusal> {
  await inTransaction(db.pool, (tx) => ctx.claimNonce(tx))
  return refuse(refused)
}

async function writeOrder(
  services: Services,
  ctx: PayContext,
  order: WechatOrder,
  openidIndex: Uint8Array,
): Promise<'charge' | 'refused' | 'there' | Refusal> {
  const { schoolId, paymentId, payer, amountFen } = order
  return inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    if (!(await lockPayer(tx, schoolId, payer.person_id))) return refuse('WECHAT_NOT_BOUND')
    const reason = await findReason(tx, order, openidIndex)
    // Between the look-up and now somebody unbound it: as if it had been so before.
    if (reason === 'WECHAT_NOT_BOUND') return refuse(reason)
    if (!(await insertWechatOrder(tx, order, reason))) return 'there'
    const row = await lockPayment(tx, order)
    if (!row) throw new Error('an order that was just written is gone')
    await tellPayment(services, tx, row)
    if (reason) return 'refused'
    const isNew = await insertMovement(tx, {
      school_id: schoolId,
      movement_id: paymentId,
      kind: 'debit',
      port: 'wechat',
      reference: referenceOfDebit('wechat', paymentId),
      debit_reference: null,
      person_id: payer.person_id,
      bank_card_id: null,
      amount_fen: amountFen,
    })
    if (!isNew) throw new Error('the id of a movement is taken')
    return 'charge'
  })
}
