import type { CardStatus } from '@campus-ecode/protocol/card'
import type { Tx } from '../db/database.ts'
import { insertEvent } from '../events/insert-event.ts'
import { type Refusal, refuse, type Services } from '../http/operation.ts'
import { revokeCredentials } from '../revocations/revoke-credentials.ts'
import { endRunningWater } from '../water/settle-water.ts'
import { type PayerRow, setCardStatus } from './store.ts'

/** What a card that is not active refuses; undefined for one that is. */
export function refuseInactiveCard(status: CardStatus): Refusal | undefined {
  switch (status) {
    case 'active':
      return undefined
    case 'unclaimed':
      return refuse('CARD_NOT_CLAIMED')
    case 'locked':
      return refuse('CARD_LOCKED')
    case 'closed':
      return refuse('CARD_CLOSED')
  }
}

/**
 * The same where somebody would take their own money out, or prepare to: that stays possible when the card is
 * closed, as long as there is some (R42).
 */
export function refuseWayOut(
  payer: Pick<PayerRow, 'card_status' | 'wallet_fen'>,
): Refusal | undefined {
  const mayLeave = payer.card_status === 'closed' && payer.wallet_fen > 0
  return mayLeave ? undefined : refuseInactiveCard(payer.card_status)
}

/**
 * Gives a card another status and tells the person. Access codes of a card that is locked or closed end with
 * it (R32), and a shower that runs (R26). The payer's lock guards it.
 */
export async function changeCardStatus(
  tx: Tx,
  services: Pick<Services, 'newId' | 'log'>,
  { schoolId, personId }: { schoolId: string; personId: string },
  { from, to }: { from: CardStatus; to: CardStatus },
): Promise<void> {
  await setCardStatus(tx, schoolId, personId, to)
  if (to === 'locked' || to === 'closed') {
    await revokeCredentials(tx, { schoolId, personId, reason: `card_${to}` })
    await endRunningWater(services, tx, { schoolId, personId }, 'locked')
  }
  await insertEvent(tx, { schoolId, personId, eventId: services.newId(), kind: 'card', from, to })
}
