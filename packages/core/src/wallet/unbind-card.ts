import { spendApproval } from '../approvals/spend-approval.ts'
import { type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { findBoundCards, isBankAsked, markUnbound, setDefaultCard } from './card-store.ts'
import { changeWallet, tellWallet } from './change-wallet.ts'
import { UNBINDS_MAX } from './rules.ts'
import { takeWallet } from './store.ts'

/**
 * Unbinds a bank card, three times in a lifetime (R10). When it was the default, the oldest that
 * remains is; with none left the wallet can still be spent.
 *
 * Refuses: CARD_NOT_BOUND, UNBINDS_EXHAUSTED, TRANSFER_PENDING, APPROVAL_INVALID.
 */
export async function unbindCard(ctx: PersonContext<'unbindCard'>): PersonOutcome<'unbindCard'> {
  const { params, services, body } = ctx
  const { schoolId, personId, cardId } = params
  return changeWallet(ctx, async (tx, payer) => {
    const cards = await findBoundCards(tx, schoolId, personId)
    const card = cards.find(({ card_id }) => card_id === cardId)
    if (!card) return refuse('CARD_NOT_BOUND')
    const { unbind_count } = await takeWallet(tx, schoolId, personId)
    if (unbind_count >= UNBINDS_MAX) return refuse('UNBINDS_EXHAUSTED')
    if (await isBankAsked(tx, schoolId, personId, cardId)) return refuse('TRANSFER_PENDING')
    const { approvalId } = body
    const action = { kind: 'unbind_card', cardId } as const
    const invalid = await spendApproval(tx, { schoolId, personId, approvalId, action })
    if (invalid) return invalid
    await markUnbound(tx, schoolId, personId, cardId)
    if (payer.bank_card_id === cardId) {
      const next = cards.find((other) => other !== card)
      await setDefaultCard(tx, schoolId, personId, next?.card_id ?? null)
    }
    const { bank_name: bankName, tail } = card
    await tellWallet(tx, services, params, { change: 'card_unbound', bankName, tail })
    return undefined
  })
}
