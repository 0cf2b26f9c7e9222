import { formatIdentityCode } from '@campus-ecode/protocol/identity-code'
import { refuseInactiveCard } from '../cards/card-status.ts'
import { lockPayer } from '../cards/store.ts'
import { inTransaction } from '../db/database.ts'
import { type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { drawDigits } from '../issued-codes/draw-digits.ts'
import { insertIdentityCode, revokeIdentityCodes } from './store.ts'

const LIFETIME_MS = 60_000

/**
 * Draws a code that says who somebody is, to authorised verifiers, and never pays (R5). It lives 60 s; the
 * one before dies.
 *
 * Refuses: CARD_NOT_CLAIMED, CARD_LOCKED, CARD_CLOSED. Source: docs/codes.md, "Identity code".
 */
export async function issueIdentityCode(
  ctx: PersonContext<'issueIdentityCode'>,
): PersonOutcome<'issueIdentityCode'> {
  const { params, services } = ctx
  const { schoolId, personId } = params
  const code = formatIdentityCode({ school: schoolId, random: drawDigits(17) })
  const codeId = services.newId()
  const issuedAt = new Date(services.now())
  const expiresAt = new Date(issuedAt.getTime() + LIFETIME_MS)
  const refused = await inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    const payer = await lockPayer(tx, schoolId, personId)
    if (!payer) return refuse('NOT_FOUND')
    const inactive = refuseInactiveCard(payer.card_status)
    if (inactive) return inactive
    await revokeIdentityCodes(tx, schoolId, personId, issuedAt)
    await insertIdentityCode(tx, { schoolId, code, codeId, personId, issuedAt, expiresAt })
    return undefined
  })
  if (refused) return refused
  return {
    status: 201,
    body: {
      codeId,
      code,
      issuedAt: issuedAt.toISOString(),
      expiresAt: expiresAt.toISOString(),
    },
  }
}
