import { spendApproval } from '../approvals/spend-approval.ts'
import { type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { lockRunningSession } from '../water/store.ts'
import { unbindWechat } from '../wechat/end-wechat-binding.ts'
import { isBankAsked } from './card-store.ts'
import { changeWallet, tellWallet } from './change-wallet.ts'
import { markClosed, takeWallet } from './store.ts'

/**
 * Closes a wallet that holds nothing and awaits nothing (R11). Its cards stay bound, so that it can be
 * opened again; the password-free agreement ends. One that is closed stays so.
 *
 * Refuses: ACCOUNT_NOT_OPEN, BALANCE_NOT_ZERO, TRANSFER_PENDING, APPROVAL_INVALID.
 */
export async function closeWallet(ctx: PersonContext<'closeWallet'>): PersonOutcome<'closeWallet'> {
  const { params, services, body } = ctx
  const { schoolId, personId } = params
  return changeWallet(ctx, async (tx, payer) => {
    if (payer.wallet_status === 'closed') return undefined
    if (payer.wallet_status === 'not_open') return refuse('ACCOUNT_NOT_OPEN')
    // What a shower holds is the wallet's, and comes back when it ends.
    if (await lockRunningSession(tx, schoolId, personId)) return refuse('TRANSFER_PENDING')
    if (payer.wallet_fen !== 0) return refuse('BALANCE_NOT_ZERO')
    if (await isBankAsked(tx, schoolId, personId, null)) return refuse('TRANSFER_PENDING')
    const { approvalId } = body
    const action = { kind: 'close_wallet' } as const
    const invalid = await spendApproval(tx, { schoolId, personId, approvalId, action })
    if (invalid) return invalid
    await takeWallet(tx, schoolId, personId)
    await markClosed(tx, schoolId, personId)
    await unbindWechat(tx, services, params)
    await tellWallet(tx, services, params, { change: 'closed' })
    return undefined
  })
}
