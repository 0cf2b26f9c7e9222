import type { CardStatus } from '@campus-ecode/protocol/card'
import type { Tx } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import { revokeIdentityCodes } from '../identity-codes/store.ts'
import { revokeIssuedCodes } from '../issued-codes/store.ts'
import { removeTokens } from '../pay-tokens/store.ts'
import { endSignIns } from '../sign-ins/end-wechat-sign-in.ts'
import { unbindWechat } from '../wechat/end-wechat-binding.ts'
import { changeCardStatus } from './card-status.ts'

/**
 * Closes the card of somebody who has left the school, and all its codes, cards and faces with it (R29, R32). Of the money only the
 * way out stays open (R42). The payer's lock guards it.
 */
export async function closeCard(
  tx: Tx,
  services: Pick<Services, 'newId' | 'now' | 'log'>,
  owner: { schoolId: string; personId: string },
  from: CardStatus,
): Promise<void> {
  const { schoolId, personId } = owner
  await revokeIssuedCodes(tx, schoolId, personId, false)
  await revokeIdentityCodes(tx, schoolId, personId, new Date(services.now()))
  await removeTokens(tx, schoolId, personId)
  await unbindWechat(tx, services, owner)
  await endSignIns(tx, services, owner)
  await changeCardStatus(tx, services, owner, { from, to: 'closed' })
}
