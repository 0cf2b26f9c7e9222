import type { waterRoutes } from '@campus-ecode/protocol/water'
import { refuseInactiveCard } from '../cards/card-status.ts'
import { lockPayer } from '../cards/store.ts'
import { countBadCode, forgetBadCodes, terminalPause } from '../codes/bad-codes.ts'
import { inTransaction, type Tx } from '../db/database.ts'
import {
  type Answer,
  type Context,
  isRefusal,
  type Refusal,
  refuse,
  type Services,
  type TerminalCaller,
} from '../http/operation.ts'
import { accountNames, debitWallet, insertPosting } from '../ledger/store.ts'
import { waterPasswordContext } from '../passwords/contexts.ts'
import { GUESSES_MAX } from '../passwords/store.ts'
import { findPayment } from '../payments/store.ts'
import { tellWallet } from '../wallet/change-wallet.ts'
import { toWaterSession } from './describe-water.ts'
import {
  type CountedWaterGuess,
  countWaterGuess,
  forgetWaterGuesses,
  markWrongWaterGuess,
  uncountWaterGuess,
} from './password-store.ts'
import { HOLD_FEN_MIN, mlMaxOf } from './rules.ts'
import { endSession } from './settle-water.ts'
import {
  findBather,
  findOthersAt,
  findSession,
  findShower,
  insertSession,
  lockRunningSession,
  lockValve,
  type SessionKey,
  type SessionRow,
  type ShowerRow,
  saveSpending,
} from './store.ts'

type StartContext = Context<typeof waterRoutes.startWater, TerminalCaller>

/**
 * Opens the water, once per session number (R26): bath number and water password lead to the person, and
 * the most that the shower can cost moves from the wallet into a hold. The bank card is never asked.
 *
 * A bath number of nobody and a wrong password are answered alike, after the same work, and both count: by
 * bath number, five until it is locked, and by controller as codes of nobody do at a till.
 *
 * Refuses: KEY_NOT_ALLOWED, TERMINAL_DISABLED, MERCHANT_NOT_ACCEPTING, TERMINAL_LOCKED, TERMINAL_PAUSED,
 * ORDER_NO_REUSED, ORDER_REVERSED, WATER_PASSWORD_WRONG, WATER_PASSWORD_LOCKED, CARD_LOCKED, CARD_CLOSED,
 * ACCOUNT_NOT_OPEN, WATER_IN_USE, OVER_SINGLE_LIMIT, OVER_DAILY_LIMIT, WATER_BALANCE_TOO_LOW.
 */
export async function startWater(
  ctx: StartContext,
): Promise<Answer<typeof waterRoutes.startWater> | Refusal> {
  const { services, caller, body } = ctx
  const { schoolId, terminalId } = caller
  if (caller.terminalKind !== 'shower') return refuse('KEY_NOT_ALLOWED')
  const key: SessionKey = { schoolId, terminalId, sessionNo: body.sessionNo }
  // Keyed: who has the table alone must not find the password by trying a million.
  const content = await services.keys.index(
    `water-sessions/${schoolId}`,
    [terminalId, body.sessionNo, body.bathNo, body.waterPassword].join('\n'),
  )
  const known = await findSession(services.db.pool, key)
  if (known?.content_hash.equals(content)) return { status: 200, body: toWaterSession(known) }

  const shower = await findShower(services.db.pool, schoolId, terminalId)
  if (!shower?.enabled || !shower.water) return refuse('TERMINAL_DISABLED')
  if (!shower.accepting) return refuse('MERCHANT_NOT_ACCEPTING')
  const pause = terminalPause(shower, services.now())
  if (pause) {
    await inTransaction(services.db.pool, (tx) => ctx.claimNonce(tx))
    return pause
  }
  if (known) {
    // Whoever holds the key might guess by it what was typed when it began.
    await inTransaction(services.db.pool, (tx) => ctx.claimNonce(tx))
    await countBadCode(services, caller, {})
    return refuse('ORDER_NO_REUSED')
  }
  const guess = await takeWaterGuess(ctx, content)
  if (isRefusal(guess)) return guess
  if (shower.bad_streak > 0) await forgetBadCodes(services.db.pool, key)
  for (;;) {
    const started = await inTransaction(services.db.pool, (tx) =>
      begin(services, tx, { key, bathNo: body.bathNo, guess, shower, content }),
    )
    if (isRefusal(started)) return started
    if ('row' in started) {
      services.wakeEvents()
      if (!started.isNew) return answerKnown(started.row, content)
      return { status: 201, body: toWaterSession(started.row) }
    }
    // One valve, one shower: a controller that begins another has lost the one before.
    for (const other of started.occupiedBy) await endSession(services, other, 'controller')
  }
}

function answerKnown(
  row: SessionRow,
  content: Uint8Array,
): Answer<typeof waterRoutes.startWater> | Refusal {
  if (!row.content_hash.equals(content)) return refuse('ORDER_NO_REUSED')
  return { status: 200, body: toWaterSession(row) }
}

/** The guess that was right, with whose it is. */
type RightGuess = CountedWaterGuess & { person_id: string }

/**
 * Lets a water password be looked at, five times at most between two right ones. Counted and committed
 * first, as a payment password's guess is.
 */
async function takeWaterGuess(ctx: StartContext, mark: Uint8Array): Promise<RightGuess | Refusal> {
  const { services, caller, body } = ctx
  const { pool } = services.db
  const { schoolId } = caller
  const { bathNo, waterPassword } = body
  const guess = await inTransaction(pool, async (tx) => {
    await ctx.claimNonce(tx)
    return countWaterGuess(tx, schoolId, bathNo, mark)
  })
  if (guess === 'wrong_again') return refuse('WATER_PASSWORD_WRONG')
  if (guess === 'locked_again') return refuse('WATER_PASSWORD_LOCKED')
  if (guess === 'none_left') {
    await countBadCode(services, caller, {})
    return refuse('WATER_PASSWORD_LOCKED')
  }
  const { person_id: personId, hash, number } = guess
  let found: 'right' | 'wrong'
  try {
    const context = waterPasswordContext(schoolId, personId ?? bathNo)
    found = await services.keys.checkWaterPassword(context, waterPassword, hash)
  } catch (error) {
    await inTransaction(pool, (tx) => uncountWaterGuess(tx, schoolId, bathNo, guess))
    throw error
  }
  if (found === 'right' && personId) return { ...guess, person_id: personId }
  const again = await inTransaction(pool, async (tx) => {
    const isAgain = await markWrongWaterGuess(tx, schoolId, bathNo, mark, guess)
    // The page on the phone says that it is locked, or not after all.
    if (personId && (isAgain || number === GUESSES_MAX)) {
      await tellWallet(tx, services, { schoolId, personId }, { change: 'water' })
    }
    return isAgain
  })
  services.wakeEvents()
  if (again) return refuse('WATER_PASSWORD_WRONG')
  await countBadCode(services, caller, {})
  return refuse(number < GUESSES_MAX ? 'WATER_PASSWORD_WRONG' : 'WATER_PASSWORD_LOCKED')
}

async function begin(
  services: Services,
  tx: Tx,
  {
    key,
    bathNo,
    guess,
    shower,
    content,
  }: {
    key: SessionKey
    bathNo: string
    guess: RightGuess
    shower: ShowerRow
    content: Uint8Array
  },
): Promise<{ row: SessionRow; isNew: boolean } | { occupiedBy: SessionRow[] } | Refusal> {
  const { schoolId, terminalId, sessionNo } = key
  const { person_id: personId } = guess
  const tariff = shower.water
  if (!tariff) throw new Error('a shower lacks its tariff')
  await lockValve(tx, key)
  if (!(await forgetWaterGuesses(tx, schoolId, bathNo, guess))) {
    return refuse('WATER_PASSWORD_LOCKED')
  }
  const payer = await lockPayer(tx, schoolId, personId)
  if (!payer) throw new Error('a water password is nobody’s')
  const known = await findSession(tx, key)
  if (known) return { row: known, isNew: false }
  const order = await findPayment(tx, { schoolId, terminalId, orderNo: sessionNo })
  if (order) return refuse(order.content_hash ? 'ORDER_NO_REUSED' : 'ORDER_REVERSED')
  const inactive = refuseInactiveCard(payer.card_status)
  if (inactive) return inactive
  if (payer.wallet_status !== 'open') return refuse('ACCOUNT_NOT_OPEN')
  // After what a late or reversed start is refused for: that one takes the valve from nobody. Before what the
  // person's own lost shower stands in the way of.
  const occupiedBy = await findOthersAt(tx, key)
  if (occupiedBy.length > 0) return { occupiedBy }
  if (await lockRunningSession(tx, schoolId, personId)) return refuse('WATER_IN_USE')
  const holdFen = Math.max(tariff.holdFen, HOLD_FEN_MIN)
  const bather = await findBather(tx, schoolId, personId)
  const spentFen = bather.spent_today_fen + holdFen
  if (holdFen > payer.single_limit_fen) return refuse('OVER_SINGLE_LIMIT')
  if (spentFen > payer.daily_limit_fen) return refuse('OVER_DAILY_LIMIT')
  if (payer.wallet_fen < holdFen) return refuse('WATER_BALANCE_TOO_LOW')

  const { class: personClass, masked_name, today } = bather
  const rule = shower.price_rules.find((candidate) => candidate.class === personClass) ?? null
  const { fenPer10Litres } = tariff
  const sessionId = services.newId()
  const row = await insertSession(tx, {
    school_id: schoolId,
    terminal_id: terminalId,
    session_no: sessionNo,
    session_id: sessionId,
    content_hash: content,
    person_id: personId,
    merchant_id: shower.merchant_id,
    class: personClass,
    masked_name,
    hold_fen: holdFen,
    fen_per_10_litres: fenPer10Litres,
    litres_per_minute_max: tariff.litresPerMinuteMax,
    rule,
    max_ml: mlMaxOf({ fenPer10Litres, holdFen, class: personClass, rule }),
    spent_on: today,
  })
  await insertPosting(tx, {
    schoolId,
    transactionId: services.newId(),
    kind: 'hold',
    debitAccount: accountNames.wallet(personId),
    creditAccount: accountNames.hold(sessionId),
    amountFen: holdFen,
    paymentId: null,
    personId,
    wallet: await debitWallet(tx, schoolId, personId, holdFen),
  })
  await saveSpending(tx, schoolId, personId, today, spentFen)
  await tellWallet(tx, services, { schoolId, personId }, { change: 'water' })
  return { row, isNew: true }
}
