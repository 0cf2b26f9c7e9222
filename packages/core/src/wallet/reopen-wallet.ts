import { spendApproval } from '../approvals/spend-approval.ts'
import { refuseWayOut } from '../cards/card-status.ts'
import { type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { findBoundCards } from './card-store.ts'
import { changeWallet } from './change-wallet.ts'
import { isFaceAsked } from './face-store.ts'
import { opensByFace, openWallet, refuseReopening } from './open-wallet.ts'
import { takeWallet } from './store.ts'

/**
 * Opens a closed wallet again whose bank card is still bound (R11). One that is open stays so, and
 * counts nothing.
 *
 * Where the school asks for a face check only a binding opens it, of the same card too: the ID number
 * that a check takes is not kept here.
 *
 * Refuses: CARD_NOT_CLAIMED, CARD_LOCKED, CARD_CLOSED, FACE_CHECK_NEEDED, CARD_NOT_BOUND,
 * REOPENS_EXHAUSTED, APPROVAL_INVALID.
 */
export async function reopenWallet(
  ctx: PersonContext<'reopenWallet'>,
): PersonOutcome<'reopenWallet'> {
  const { params, services, body } = ctx
  const { schoolId, personId } = params
  return changeWallet(ctx, async (tx, payer) => {
    if (payer.wallet_status === 'open') return undefined
    const inactive = refuseWayOut(payer)
    if (inactive) return inactive
    if (opensByFace(payer) && (await isFaceAsked(tx, schoolId))) return refuse('FACE_CHECK_NEEDED')
    const cards = await findBoundCards(tx, schoolId, personId)
    if (payer.wallet_status === 'not_open' || cards.length === 0) return refuse('CARD_NOT_BOUND')
    const exhausted = refuseReopening(payer, await takeWallet(tx, schoolId, personId))
    if (exhausted) return exhausted
    const { approvalId } = body
    const action = { kind: 'reopen_wallet' } as const
    const invalid = await spendApproval(tx, { schoolId, personId, approvalId, action })
    if (invalid) return invalid
    await openWallet(tx, services, params, payer)
    return undefined
  })
}
