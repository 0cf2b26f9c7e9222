import type { PriceRule } from '@campus-ecode/protocol/campus'
import type { Account, PayMeans, PersonClass } from '@campus-ecode/protocol/shapes'
import { inTransaction, prepare } from '../db/database.ts'
import {
  type BffCaller,
  type Context,
  type Refusal,
  refuse,
  type Services,
} from '../http/operation.ts'
import { claimProof } from '../http/seen-nonces.ts'
import { driveMovement } from '../movements/drive-movement.ts'
import { priceFor } from './price.ts'
import { findPayment, type OrderKey, type PaymentRow } from './store.ts'

/** The person is at it, so the password may take longer than at a till. */
export const PHONE_WAIT_SECONDS = 300

/** A payment that a person begins on the phone, without a code and without a till that waits. */
export interface PhonePayment {
  schoolId: string
  personId: string
  terminalId: string
  merchantId: string
  /** Of the terminal: made by whoever calls, so that no number of the terminal's own can be meant. */
  orderNo: string
  /** Of all that the number stands for, the person included. */
  contentHash: Buffer
  /** Before the price rule. */
  listFen: number
  /** After it, as the person was shown it, where they agreed to an amount (R4). */
  agreedFen?: number | undefined
  account: Account
  means: PayMeans
  /** Ask for the password whatever the amount; above the school's threshold it is asked for anyway. */
  needsPassword: boolean
}

interface Price {
  class: PersonClass
  masked_name: string
  price_rules: PriceRule[]
}

const selectPrice = prepare<Price>(
  `select p.class, p.masked_name, m.price_rules
     from people p
     join merchants m on m.school_id = p.school_id and m.merchant_id = $3
    where p.school_id = $1 and p.person_id = $2`,
)

/**
 * Pays from the phone, once per order number, by the same batch as at a till: priced for the class (R4),
 * held against card, limits and funds, written with its event in one transaction. The call's nonce and
 * the page's proof are claimed.
 *
 * @returns The order as it now stands: PAID, AWAITING_PASSWORD, PROCESSING or UNKNOWN, and of one that was
 * known already also what came of it later, REVERSED included.
 * Refuses what `pay` refuses about a payer, a merchant and a terminal, PRICE_CHANGED, ORDER_NO_REUSED, and
 * ORDER_REVERSED for a number that was reversed before it arrived. A refusal that came from the batch is kept under the
 * number and told again.
 */
export async function payFromPhone(
  services: Services,
  ctx: Pick<Context<never, BffCaller>, 'caller' | 'nonce' | 'proofJti' | 'claimNonce'>,
  payment: PhonePayment,
): Promise<PaymentRow | Refusal> {
  const { schoolId, personId } = payment
  const known = await findStored(services, payment)
  if (known) return known

  const [price] = await selectPrice(services.db.pool, [schoolId, personId, payment.merchantId])
  if (!price) throw new Error('a payment names a person or a merchant who is not there')
  const { amountFen, rule } = priceFor(payment.listFen, price.class, price.price_rules)
  if (payment.agreedFen !== undefined && payment.agreedFen !== amountFen) {
    // Once the price is back, the same call must not pay when it arrives a second time.
    await inTransaction(services.db.pool, (tx) => ctx.claimNonce(tx))
    return refuse('PRICE_CHANGED')
  }
  const { proofJti } = ctx
  if (proofJti !== undefined) {
    await inTransaction(services.db.pool, (tx) => claimProof(tx, schoolId, personId, proofJti))
  }
  const paymentId = services.newId()
  const { verdict, status } = await services.payBatch.submit({
    school_id: schoolId,
    terminal_id: payment.terminalId,
    merchant_id: payment.merchantId,
    order_no: payment.orderNo,
    payment_id: paymentId,
    content_hash: payment.contentHash.toString('hex'),
    key_id: ctx.caller.keyId,
    nonce: ctx.nonce,
    person_id: personId,
    class: price.class,
    masked_name: price.masked_name,
    list_fen: payment.listFen,
    amount_fen: amountFen,
    rule,
    account: payment.account,
    needs_password: payment.needsPassword,
    wait_seconds: PHONE_WAIT_SECONDS,
    means: payment.means,
  })
  if (verdict === 'NEW') {
    services.wakeEvents()
    if (status === 'PROCESSING') {
      await driveMovement(services, schoolId, paymentId)
      services.wakeEvents()
    }
  } else if (verdict !== 'REPLAY') {
    return refuse(verdict)
  }
  const stored = await findStored(services, payment)
  if (!stored) throw new Error('an order that was just written is gone')
  return stored
}

async function findStored(
  { db }: Services,
  payment: PhonePayment,
): Promise<PaymentRow | Refusal | undefined> {
  const order: OrderKey = payment
  const row = await findPayment(db.pool, order)
  if (!row) return undefined
  if (row.content_hash === null) return refuse('ORDER_REVERSED')
  if (!row.content_hash.equals(payment.contentHash)) return refuse('ORDER_NO_REUSED')
  return row.status === 'REFUSED' && row.refusal ? refuse(row.refusal) : row
}
