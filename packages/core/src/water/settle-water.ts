import { lockPayer, type PayerRow } from '../cards/store.ts'
import { inTransaction, type Tx } from '../db/database.ts'
import { insertEvent, type LowBalance } from '../events/insert-event.ts'
import type { Services } from '../http/operation.ts'
import { accountNames, creditWallet, giveBackAllowance, insertPosting } from '../ledger/store.ts'
import { tellWallet } from '../wallet/change-wallet.ts'
import { termsOf } from './describe-water.ts'
import { believe, costOf, LEASE_SECONDS, REST_SECONDS } from './rules.ts'
import {
  insertWaterPayment,
  lockRunningSession,
  lockSession,
  type SessionRow,
  saveEnd,
  type WaterEnd,
} from './store.ts'

/**
 * Ends a session, unless it has ended: charges what is believed and releases the rest (R26).
 *
 * @param seen The session as it was read before; only whose it is, is taken from it.
 * @param totalMl The controller's last word; what was metered before, without one.
 */
export async function endSession(
  services: Services,
  seen: SessionRow,
  endedBy: WaterEnd,
  { totalMl, claim = async () => {} }: { totalMl?: number; claim?: (tx: Tx) => Promise<void> } = {},
): Promise<void> {
  const { school_id: schoolId, terminal_id: terminalId, session_no: sessionNo } = seen
  await inTransaction(services.db.pool, async (tx) => {
    await claim(tx)
    const payer = await lockPayer(tx, schoolId, seen.person_id)
    const session = await lockSession(tx, { schoolId, terminalId, sessionNo })
    if (!payer || !session) throw new Error('a shower is gone')
    // Heard of again meanwhile, or water has flowed.
    const isAlive = session.silent_seconds < LEASE_SECONDS && session.dry_seconds < REST_SECONDS
    if (endedBy === 'idle' && isAlive) return
    if (session.status === 'RUNNING') await settle(services, tx, payer, session, endedBy, totalMl)
  })
  services.wakeEvents()
}

/**
 * Ends what a person has running, in a transaction that holds the payer's lock: a card that is locked
 * or closed pays for no more water.
 */
export async function endRunningWater(
  services: Pick<Services, 'newId' | 'log'>,
  tx: Tx,
  { schoolId, personId }: { schoolId: string; personId: string },
  endedBy: WaterEnd,
): Promise<void> {
  const session = await lockRunningSession(tx, schoolId, personId)
  if (!session) return
  const payer = await lockPayer(tx, schoolId, personId)
  if (!payer) throw new Error('a shower lacks its payer')
  await settle(services, tx, payer, session, endedBy)
}

async function settle(
  services: Pick<Services, 'newId' | 'log'>,
  tx: Tx,
  payer: PayerRow,
  session: SessionRow,
  endedBy: WaterEnd,
  saidMl = session.total_ml,
): Promise<void> {
  const { school_id: schoolId, person_id: personId, session_id: sessionId } = session
  const { totalMl, impossible } = believe(session, saidMl)
  if (impossible) {
    const { terminal_id: terminalId } = session
    services.log.error({ schoolId, terminalId, sessionId }, 'alarm: a meter says what cannot be')
  }
  const cost = costOf(termsOf(session), totalMl)
  const charged = cost.amountFen > 0 && (await insertWaterPayment(tx, session, cost))
  const amountFen = charged ? cost.amountFen : 0
  const restFen = session.hold_fen - amountFen
  await saveEnd(tx, session, { totalMl, amountFen, endedBy })
  const books = { schoolId, personId, debitAccount: accountNames.hold(sessionId) }
  if (charged) {
    await insertPosting(tx, {
      ...books,
      transactionId: sessionId,
      kind: 'payment',
      creditAccount: accountNames.merchant(session.merchant_id),
      amountFen,
      paymentId: sessionId,
    })
  }
  if (restFen > 0) {
    await insertPosting(tx, {
      ...books,
      transactionId: services.newId(),
      kind: 'release',
      creditAccount: accountNames.wallet(personId),
      amountFen: restFen,
      paymentId: null,
      wallet: await creditWallet(tx, schoolId, personId, restFen),
    })
    await giveBackAllowance(tx, schoolId, personId, session.spent_on, restFen, false)
  }
  if (charged) {
    await insertEvent(tx, {
      ...{ schoolId, personId, eventId: services.newId(), kind: 'payment' },
      paymentId: sessionId,
      lowBalance: lowBalanceAfter(payer, restFen, amountFen),
    })
  }
  await tellWallet(tx, services, { schoolId, personId }, { change: 'water' })
}

/** R41: whether what was charged, not what was held, took the wallet below the person's threshold. */
function lowBalanceAfter(
  { wallet_fen: whileHeldFen, low_balance_fen: thresholdFen }: PayerRow,
  restFen: number,
  amountFen: number,
): LowBalance | undefined {
  const balanceFen = whileHeldFen + restFen
  if (thresholdFen === null || balanceFen >= thresholdFen) return undefined
  return balanceFen + amountFen >= thresholdFen ? { balanceFen, thresholdFen } : undefined
}
