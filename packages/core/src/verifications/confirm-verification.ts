import { timingSafeEqual } from 'node:crypto'
import type { ConfirmedCard } from '@campus-ecode/protocol/bank-gateway'
import { inTransaction } from '../db/database.ts'
import {
  isRefusal,
  type PersonContext,
  type PersonOutcome,
  type Refusal,
  refuse,
} from '../http/operation.ts'
import { hashVerificationCode } from './start-verification.ts'
import { giveTryBack, lockVerification, markConfirmed, spendTry } from './store.ts'

/**
 * Proves with the SMS code who is asking for a new payment password; good for ten minutes. Five tries.
 * Repeating it, because the answer was lost, is harmless.
 *
 * Refuses: VERIFICATION_INVALID, SMS_CODE_WRONG, SMS_CODE_EXPIRED, SMS_TRIES_EXHAUSTED,
 * BANK_NOT_REACHABLE.
 */
export async function confirmVerification(
  ctx: PersonContext<'confirmVerification'>,
): PersonOutcome<'confirmVerification'> {
  const { params, services, body } = ctx
  const { schoolId, personId, verificationId } = params
  const { pool } = services.db
  const codeHash = await hashVerificationCode(services, schoolId, verificationId, body.smsCode)
  const done = { status: 200, body: {} } as const

  // The try is counted before anybody looks at the code, so that guesses at once are five as well.
  const counted = await inTransaction(pool, async (tx) => {
    await ctx.claimNonce(tx)
    const verification = await lockVerification(tx, schoolId, verificationId, personId)
    if (!verification || verification.means === 'binding') return refuse('VERIFICATION_INVALID')
    if (verification.confirmed) return verification.usable ? done : refuse('VERIFICATION_INVALID')
    if (verification.expired) return refuse('SMS_CODE_EXPIRED')
    if (verification.tries_left <= 0) return refuse('SMS_TRIES_EXHAUSTED')
    await spendTry(tx, schoolId, verificationId)
    const wrong = refuse(verification.tries_left === 1 ? 'SMS_TRIES_EXHAUSTED' : 'SMS_CODE_WRONG')
    if (verification.means === 'bank_card') return { wrong }
    if (!verification.code_hash) throw new Error('a verification of ours has no code')
    if (!timingSafeEqual(verification.code_hash, codeHash)) return wrong
    await markConfirmed(tx, schoolId, verificationId)
    return done
  })
  if (isRefusal(counted) || 'status' in counted) return counted

  const answer = await services.ports.gateway.confirmCard(verificationId, body.smsCode)
  if (!answer.ok) {
    // After an answer that was lost the bank says the same again, so this costs no try.
    await giveTryBack(pool, schoolId, verificationId)
    return refuse('BANK_NOT_REACHABLE')
  }
  const refusal = toRefusal(answer.value.result, counted.wrong)
  if (refusal) return refusal
  await markConfirmed(pool, schoolId, verificationId)
  return done
}

function toRefusal(result: ConfirmedCard['result'], wrong: Refusal): Refusal | undefined {
  switch (result) {
    case 'CONFIRMED':
      return undefined
    case 'CODE_WRONG':
      return wrong
    case 'CODE_EXPIRED':
      return refuse('SMS_CODE_EXPIRED')
    case 'TRIES_EXHAUSTED':
      return refuse('SMS_TRIES_EXHAUSTED')
  }
}
