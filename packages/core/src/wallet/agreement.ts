import { spendApproval } from '../approvals/spend-approval.ts'
import { type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { changeWallet, tellWallet } from './change-wallet.ts'
import { setAgreement, takeWallet } from './store.ts'

/**
 * Signs the password-free agreement, which card swipe and face payment need (R14). One that is signed
 * keeps its time.
 *
 * Refuses: ACCOUNT_NOT_OPEN, APPROVAL_INVALID.
 */
export async function signAgreement(
  ctx: PersonContext<'signAgreement'>,
): PersonOutcome<'signAgreement'> {
  const { params, services, body } = ctx
  const { schoolId, personId } = params
  return changeWallet(ctx, async (tx, payer) => {
    if (payer.wallet_status !== 'open') return refuse('ACCOUNT_NOT_OPEN')
    const { agreement_signed_at } = await takeWallet(tx, schoolId, personId)
    if (agreement_signed_at) return undefined
    const { approvalId } = body
    const action = { kind: 'sign_agreement' } as const
    const invalid = await spendApproval(tx, { schoolId, personId, approvalId, action })
    if (invalid) return invalid
    await setAgreement(tx, schoolId, personId, true)
    await tellWallet(tx, services, params, { change: 'agreement', signed: true })
    return undefined
  })
}

/** Cancels the agreement at once; it gives nothing up that a password would guard (R14). */
export async function cancelAgreement(
  ctx: PersonContext<'cancelAgreement'>,
): PersonOutcome<'cancelAgreement'> {
  const { params, services } = ctx
  const { schoolId, personId } = params
  return changeWallet(ctx, async (tx) => {
    const { agreement_signed_at } = await takeWallet(tx, schoolId, personId)
    if (!agreement_signed_at) return undefined
    await setAgreement(tx, schoolId, personId, false)
    await tellWallet(tx, services, params, { change: 'agreement', signed: false })
    return undefined
  })
}
