import type { ConsentPurpose } from '@campus-ecode/protocol/consents'
import { lockPayer, type PayerRow } from '../cards/store.ts'
import { inTransaction, type Tx } from '../db/database.ts'
import {
  isRefusal,
  type PersonContext,
  type PersonOutcome,
  type Refusal,
  refuse,
} from '../http/operation.ts'
import { deleteFaces } from '../pay-tokens/store.ts'
import { revokeCredentials } from '../revocations/revoke-credentials.ts'
import { describeConsents } from './get-consents.ts'
import { endFaceChecks, isCardBoundOrStarted, markWithdrawn } from './store.ts'

/**
 * Takes a consent back (R42). What is in use by it has to be ended first, which the person does elsewhere
 * and knowingly; access codes end with it at once, because every use of one is recorded. Repeating is harmless.
 *
 * Refuses: CONSENT_CARD_IN_USE, CONSENT_BANK_CARD_BOUND.
 */
export async function withdrawConsent(
  ctx: PersonContext<'withdrawConsent'>,
): PersonOutcome<'withdrawConsent'> {
  const { params, services, body } = ctx
  const { schoolId, personId } = params
  const outcome = await inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    const payer = await lockPayer(tx, schoolId, personId)
    if (!payer) return refuse('NOT_FOUND')
    const refusal = await refuseInUse(tx, params, payer, body.purpose)
    if (refusal) return refusal
    await markWithdrawn(tx, schoolId, personId, body.purpose)
    if (body.purpose === 'gate_records') {
      await revokeCredentials(tx, { schoolId, personId, reason: 'consent_withdrawn' })
    }
    if (body.purpose === 'face') await deleteFaces(tx, schoolId, personId)
    if (body.purpose === 'face_check') await endFaceChecks(tx, schoolId, personId)
    return { consents: await describeConsents(tx, schoolId, personId) }
  })
  if (isRefusal(outcome)) return outcome
  services.wakeEvents()
  return { status: 200, body: outcome }
}

async function refuseInUse(
  tx: Tx,
  { schoolId, personId }: { schoolId: string; personId: string },
  payer: PayerRow,
  purpose: ConsentPurpose,
): Promise<Refusal | undefined> {
  switch (purpose) {
    case 'card': {
      const inUse = payer.card_status === 'active' || payer.card_status === 'locked'
      return inUse ? refuse('CONSENT_CARD_IN_USE') : undefined
    }
    case 'bank_binding': {
      const bound = await isCardBoundOrStarted(tx, schoolId, personId)
      return bound ? refuse('CONSENT_BANK_CARD_BOUND') : undefined
    }
    case 'face_check':
    case 'gate_records':
    case 'face':
      return undefined
  }
}
