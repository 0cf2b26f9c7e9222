import { oneTimeStep } from '@campus-ecode/protocol/one-time'
import { spendApproval } from '../approvals/spend-approval.ts'
import { toBillEntry } from '../bill/entry.ts'
import { findBillEntry } from '../bill/store.ts'
import { lockPayer, type PayerRow } from '../cards/store.ts'
import { hasConsent } from '../consents/store.ts'
import { inTransaction, prepare, type Tx } from '../db/database.ts'
import type { LowBalance } from '../events/insert-event.ts'
import {
  isRefusal,
  type PersonContext,
  type PersonOutcome,
  type Refusal,
  refuse,
  type Services,
} from '../http/operation.ts'
import { accountNames, debitWallet, insertPosting } from '../ledger/store.ts'
import { driveMovement } from '../movements/drive-movement.ts'
import { insertMovement } from '../movements/store.ts'
import { tellOrderPaid } from '../orders/tell-merchant.ts'
import { startDelivery } from '../utilities/deliver-top-up.ts'
import { takeWallet } from '../wallet/store.ts'
import { refusePayment, tellPayment } from './settle-payment.ts'
import {
  lockPaymentById,
  type PaymentRow,
  setPaymentSource,
  setPaymentStatus,
  spendShownCodes,
} from './store.ts'

/**
 * Pays an order that a till is waiting for, with the payment password (R23). What could not be known
 * when the code was scanned is looked at again: card, agreement, wallet, balance, till and merchant. The amount counts against the
 * day's limit since the scan.
 *
 * Refuses: ORDER_NOT_FOUND, PAYMENT_NOT_WAITING, APPROVAL_INVALID.
 */
export async function confirmPayment(
  ctx: PersonContext<'confirmPayment'>,
): PersonOutcome<'confirmPayment'> {
  const { params, services, body } = ctx
  const { schoolId, personId, paymentId } = params
  const done = await inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    const payment = await lockOwnPayment(tx, schoolId, personId, paymentId)
    if (!payment) return refuse('ORDER_NOT_FOUND')
    // Confirmed before, and the answer was lost.
    if (hasMoved(payment)) return { ask: false }
    if (payment.status !== 'AWAITING_PASSWORD' || payment.overdue) {
      return refuse('PAYMENT_NOT_WAITING')
    }
    const refused = await spendApproval(tx, {
      schoolId,
      personId,
      approvalId: body.approvalId,
      action: { kind: 'pay', paymentId },
    })
    return refused ?? payNow(services, tx, payment, personId)
  })
  if (isRefusal(done)) return done
  services.wakeEvents()
  if (done.ask) await driveMovement(services, schoolId, paymentId)
  return answer(ctx)
}

/**
 * The person will not pay what a till is waiting for (R23).
 *
 * Refuses: ORDER_NOT_FOUND, PAYMENT_NOT_WAITING.
 */
export async function declinePayment(
  ctx: PersonContext<'declinePayment'>,
): PersonOutcome<'declinePayment'> {
  const { params, services } = ctx
  const { schoolId, personId, paymentId } = params
  const refused = await inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    const payment = await lockOwnPayment(tx, schoolId, personId, paymentId)
    if (!payment) return refuse('ORDER_NOT_FOUND')
    if (payment.refusal === 'PASSWORD_DECLINED') return undefined
    if (payment.status !== 'AWAITING_PASSWORD') return refuse('PAYMENT_NOT_WAITING')
    await refusePayment(services, tx, payment, 'PASSWORD_DECLINED')
    return undefined
  })
  if (refused) return refused
  services.wakeEvents()
  const { body } = await answer(ctx)
  return { status: 200, body }
}

async function payNow(
  services: Services,
  tx: Tx,
  payment: PaymentRow,
  personId: string,
): Promise<{ ask: boolean }> {
  const { school_id: schoolId, payment_id: paymentId, amount_fen: amountFen } = payment
  if (!amountFen) throw new Error('an order that waits lacks its amount')
  const payer = await lockPayer(tx, schoolId, personId)
  if (!payer) throw new Error('an order that waits lacks its payer')
  const refusal =
    (await refusePayer(tx, payment, personId, payer)) ?? (await refusePlace(tx, payment))
  if (refusal) {
    await refusePayment(services, tx, payment, refusal.refused)
    return { ask: false }
  }
  if (payment.account === 'wallet' && payer.wallet_fen >= amountFen) {
    await setPaymentSource(tx, payment, { channel: 'wallet' })
    await setPaymentStatus(tx, payment, 'PAID')
    await insertPosting(tx, {
      schoolId,
      transactionId: paymentId,
      kind: 'payment',
      debitAccount: accountNames.wallet(personId),
      creditAccount: accountNames.merchant(payment.merchant_id),
      amountFen,
      paymentId,
      personId,
      wallet: await debitWallet(tx, schoolId, personId, amountFen),
    })
    await spendShownCodes(tx, payment, oneTimeStep(services.now() / 1000))
    await startDelivery(tx, payment)
    await tellPayment(services, tx, payment, lowBalanceAfter(payer, amountFen))
    await tellOrderPaid(tx, payment)
    return { ask: false }
  }
  // R13: the bound card, or the one-card account, pays all of it.
  const fromCard = payment.account === 'wallet' ? payer.bank_card_id : null
  await setPaymentSource(
    tx,
    payment,
    fromCard ? { channel: 'bank_card', bankCardId: fromCard } : { channel: 'one_card' },
  )
  await setPaymentStatus(tx, payment, 'PROCESSING')
  const isNew = await insertMovement(tx, {
    school_id: schoolId,
    movement_id: paymentId,
    kind: 'debit',
    port: fromCard ? 'bank' : 'one_card',
    reference: `pay-${paymentId}`,
    debit_reference: null,
    person_id: personId,
    bank_card_id: fromCard,
    amount_fen: amountFen,
  })
  if (!isNew) throw new Error('the id of a movement is taken')
  await tellPayment(services, tx, payment)
  return { ask: true }
}

/** R41, as in `pay_batch`: from above to below the person's own threshold. */
function lowBalanceAfter(payer: PayerRow, amountFen: number): LowBalance | undefined {
  const { wallet_fen: beforeFen, low_balance_fen: thresholdFen } = payer
  const balanceFen = beforeFen - amountFen
  if (thresholdFen === null || beforeFen < thresholdFen || balanceFen >= thresholdFen) {
    return undefined
  }
  return { balanceFen, thresholdFen }
}

const selectPlace = prepare<{ enabled: boolean; accepting: boolean; printed: boolean }>(
  `select t.enabled, m.accepting,
          (p.means = 'collection') is not true or exists (
            select from collection_codes c
             where c.school_id = p.school_id and c.terminal_id = p.terminal_id
               and c.merchant_id = t.merchant_id and c.withdrawn_at is null
               and c.created_at <= p.created_at) as printed
     from payments p
     join terminals t on t.school_id = p.school_id and t.terminal_id = p.terminal_id
     join merchants m on m.school_id = p.school_id and m.merchant_id = p.merchant_id
    where p.school_id = $1 and p.payment_id = $2`,
)

/** Whom it pays may have been stopped meanwhile; a printed code that was withdrawn pays no more at once. */
async function refusePlace(tx: Tx, payment: PaymentRow): Promise<Refusal | undefined> {
  const [place] = await selectPlace(tx, [payment.school_id, payment.payment_id])
  if (!place) throw new Error('an order that waits lacks its terminal')
  if (!place.enabled) return refuse('TERMINAL_DISABLED')
  if (!place.accepting) return refuse('MERCHANT_NOT_ACCEPTING')
  return place.printed ? undefined : refuse('COLLECTION_UNKNOWN')
}

/** What has changed since the scan and forbids the payment, in the order of `pay_batch`. */
async function refusePayer(
  tx: Tx,
  payment: PaymentRow,
  personId: string,
  payer: PayerRow,
): Promise<Refusal | undefined> {
  const { school_id: schoolId, account, means } = payment
  if (payer.card_status === 'locked') return refuse('CARD_LOCKED')
  if (payer.card_status !== 'active') return refuse('CARD_CLOSED')
  const status = account === 'one_card' ? payer.one_card_status : payer.wallet_status
  if (status !== 'open') return refuse('ACCOUNT_NOT_OPEN')
  if ((means === 'card' || means === 'face') && account === 'wallet') {
    const { agreement_signed_at } = await takeWallet(tx, schoolId, personId)
    if (!agreement_signed_at) return refuse('AGREEMENT_MISSING')
  }
  if (means === 'face' && !(await hasConsent(tx, schoolId, personId, 'face'))) {
    return refuse('FACE_CONSENT_MISSING')
  }
  if (account === 'one_card') return undefined
  const covered = payer.wallet_fen >= (payment.amount_fen ?? 0) || payer.bank_card_id !== null
  return covered ? undefined : refuse('INSUFFICIENT_FUNDS')
}

async function lockOwnPayment(tx: Tx, schoolId: string, personId: string, paymentId: string) {
  const payment = await lockPaymentById(tx, schoolId, paymentId)
  return payment?.person_id === personId ? payment : undefined
}

function hasMoved({ status, confirm_by: by }: PaymentRow): boolean {
  return by !== null && (status === 'PAID' || status === 'PROCESSING' || status === 'UNKNOWN')
}

async function answer({ params, services }: PersonContext<'confirmPayment' | 'declinePayment'>) {
  const { schoolId, personId, paymentId } = params
  const row = await findBillEntry(services.db.pool, schoolId, personId, paymentId)
  if (!row) throw new Error('an order that was just decided is gone')
  const open = row.status === 'PROCESSING' || row.status === 'UNKNOWN'
  return { status: open ? 202 : 200, body: toBillEntry(row) } as const
}
