import type { terminalRoutes } from '@campus-ecode/protocol/core-api'
import type { ErrorCode } from '@campus-ecode/protocol/errors'
import type { ForeignKind } from '@campus-ecode/protocol/shapes'
import { lockPayer } from '../cards/store.ts'
import { countStrayCode, forgetBadCodes } from '../codes/bad-codes.ts'
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
import { type ForeignCodes, indexPayer } from './foreign-codes.ts'
import { type ForeignOrder, findReason, insertForeignOrder } from './order-store.ts'

type PayContext = Context<typeof terminalRoutes.pay, TerminalCaller>

/** An order that is new, and the code that was scanned for it. */
export interface ScannedCode {
  kind: ForeignKind
  scan: Scan
  contentHash: Uint8Array
  authCode: string
}

/**
 * Has another system charged for an order that was paid with its own code (R27, R28): whose code it is, and so
 * the class and its price; then the order and its intent, in one transaction; then the charge, once. The code
 * is kept nowhere: whoever goes on later asks by the order's number.
 *
 * @returns A refusal where no order came of it; undefined when there is one now, to be answered as it stands.
 */
export async function payByCode(
  services: Services,
  codes: ForeignCodes,
  ctx: PayContext,
  { kind, scan, contentHash, authCode }: ScannedCode,
): Promise<Refusal | undefined> {
  const { caller, body } = ctx
  const { schoolId } = caller
  const { refusals } = codes
  const found = await codes.port.findPayer(authCode)
  if ('failed' in found) {
    const { failed } = found
    const refused = failed === 'unavailable' ? refusals.unavailable : ofCode[failed]
    const refusal = await refuseUnknown(services, ctx, refused)
    if (failed === 'invalid') await countStrayCode(services.db.pool, caller)
    return refusal
  }
  if (scan.bad_streak > 0) await forgetBadCodes(services.db.pool, caller)
  const payerIndex = await indexPayer(services, kind, schoolId, found.openid)
  const payer = await codes.findPayer(services.db.pool, schoolId, payerIndex)
  if (!payer) return refuseUnknown(services, ctx, refusals.notBound)

  const key: OrderKey = { ...caller, orderNo: body.orderNo }
  const order: ForeignOrder = {
    ...key,
    kind,
    merchantId: scan.merchant_id,
    paymentId: services.newId(),
    contentHash,
    payer,
    listFen: body.amountFen,
    ...priceFor(body.amountFen, payer.class, scan.price_rules),
  }
  const written = await writeOrder(services, codes, ctx, order, payerIndex)
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

const ofCode = { invalid: 'CODE_NOT_RECOGNISED', expired: 'CODE_EXPIRED' } as const

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
  { findPayer, refusals }: ForeignCodes,
  ctx: PayContext,
  order: ForeignOrder,
  payerIndex: Uint8Array,
): Promise<'charge' | 'refused' | 'there' | Refusal> {
  const { kind, schoolId, paymentId, payer, amountFen } = order
  return inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    if (!(await lockPayer(tx, schoolId, payer.person_id))) return refuse(refusals.notBound)
    const reason = await findReason(tx, order)
    const now = reason ? payer : await findPayer(tx, schoolId, payerIndex)
    // Between the look-up and now somebody unbound it: as if it had been so before.
    if (now?.person_id !== payer.person_id) return refuse(refusals.notBound)
    if (!(await insertForeignOrder(tx, order, reason))) return 'there'
    const row = await lockPayment(tx, order)
    if (!row) throw new Error('an order that was just written is gone')
    await tellPayment(services, tx, row)
    if (reason) return 'refused'
    const isNew = await insertMovement(tx, {
      school_id: schoolId,
      movement_id: paymentId,
      kind: 'debit',
      port: kind,
      reference: referenceOfDebit(kind, paymentId),
      debit_reference: null,
      person_id: payer.person_id,
      bank_card_id: null,
      amount_fen: amountFen,
    })
    if (!isNew) throw new Error('the id of a movement is taken')
    return 'charge'
  })
}
