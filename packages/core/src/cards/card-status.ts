import type { CardStatus } from '@campus-ecode/protocol/card'
import { type Refusal, refuse } from '../http/operation.ts'

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
