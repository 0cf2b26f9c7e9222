import { spendApproval } from '../approvals/spend-approval.ts'
import { type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { changeWallet, tellWallet } from './change-wallet.ts'
import { findLimitCeiling, saveLimits } from './store.ts'

/**
 * Sets the person's own limits for one payment and for a day (R15): lower at once, higher with the
 * payment password. A payment that the bank is being asked for goes on; the next one meets the new
 * limits.
 *
 * Refuses: LIMIT_ABOVE_CEILING, LIMIT_SINGLE_ABOVE_DAILY, APPROVAL_INVALID.
 */
export async function setLimits(ctx: PersonContext<'setLimits'>): PersonOutcome<'setLimits'> {
  const { params, services, body } = ctx
  const { schoolId, personId } = params
  const { singleFen, dailyFen, approvalId } = body
  return changeWallet(ctx, async (tx, payer) => {
    const ceilingFen = await findLimitCeiling(tx, schoolId, personId)
    if (Math.max(singleFen, dailyFen) > ceilingFen) return refuse('LIMIT_ABOVE_CEILING')
    if (singleFen > dailyFen) return refuse('LIMIT_SINGLE_ABOVE_DAILY')
    const { single_limit_fen, daily_limit_fen } = payer
    if (singleFen === single_limit_fen && dailyFen === daily_limit_fen) return undefined
    if (singleFen > single_limit_fen || dailyFen > daily_limit_fen) {
      if (!approvalId) return refuse('APPROVAL_INVALID')
      const action = { kind: 'raise_limits', singleFen, dailyFen } as const
      const invalid = await spendApproval(tx, { schoolId, personId, approvalId, action })
      if (invalid) return invalid
    }
    await saveLimits(tx, schoolId, personId, { singleFen, dailyFen })
    await tellWallet(tx, services, params, { change: 'limits', singleFen, dailyFen })
    return undefined
  })
}
