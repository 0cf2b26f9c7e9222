import type { Accounts } from '@campus-ecode/protocol/accounts'
import type { Card } from '@campus-ecode/protocol/card'
import type { ErrorCode } from '@campus-ecode/protocol/errors'
import type { Account } from '@campus-ecode/protocol/shapes'

/**
 * Why no code of this account may be drawn, by what is known so far; unknown is no obstacle.
 *
 * The core checks all of it again at every payment.
 */
export function findObstacle(
  card: Card | undefined,
  accounts: Accounts | undefined,
  account: Account,
): ErrorCode | undefined {
  if (card?.status === 'unclaimed') return 'CARD_NOT_CLAIMED'
  if (card?.status === 'locked') return 'CARD_LOCKED'
  if (card?.status === 'closed') return 'CARD_CLOSED'
  const status = accounts?.accounts.find((state) => state.account === account)?.status
  if (status === 'not_open' || status === 'closed') return 'ACCOUNT_NOT_OPEN'
  // R8: the wallet is ours and goes on working.
  if (status === 'unavailable' && account === 'one_card') return 'ONE_CARD_UNAVAILABLE'
  return undefined
}
