import { type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { findBoundCards, setDefaultCard } from './card-store.ts'
import { changeWallet, tellWallet } from './change-wallet.ts'

/**
 * Says which bound card is charged when the wallet is short (R10, R13).
 *
 * Refuses: CARD_NOT_BOUND.
 */
export async function chooseDefaultCard(
  ctx: PersonContext<'chooseDefaultCard'>,
): PersonOutcome<'chooseDefaultCard'> {
  const { params, services } = ctx
  const { schoolId, personId, cardId } = params
  return changeWallet(ctx, async (tx, payer) => {
    const cards = await findBoundCards(tx, schoolId, personId)
    if (!cards.some((card) => card.card_id === cardId)) return refuse('CARD_NOT_BOUND')
    if (payer.bank_card_id === cardId) return undefined
    await setDefaultCard(tx, schoolId, personId, cardId)
    await tellWallet(tx, services, params, { change: 'default_card' })
    return undefined
  })
}
