import { formatIssuedCode, issuedMode } from '@campus-ecode/protocol/payment-code'
import { refuseInactiveCard } from '../cards/card-status.ts'
import { lockPayer } from '../cards/store.ts'
import { inTransaction } from '../db/database.ts'
import { isRefusal, type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { drawDigits } from './draw-digits.ts'
import { insertIssuedCode, revokeIssuedCodes } from './store.ts'

/**
 * Draws a payment code for a phone that cannot draw its own. It lives 60 s. The
 * person's earlier ones die, so that a refresh or a switch of accounts leaves nothing behind; when
 * the page renews by itself the last one lives out its minute (R18).
 *
 * Refuses: CARD_NOT_CLAIMED, CARD_LOCKED, CARD_CLOSED, ACCOUNT_NOT_OPEN.
 * Source: docs/codes.md, "Issued codes".
 */
export async function issueCode(ctx: PersonContext<'issueCode'>): PersonOutcome<'issueCode'> {
  const { params, services, body } = ctx
  const { schoolId, personId } = params
  const { account, revealed, keepEarlier } = body
  const code = formatIssuedCode({
    school: schoolId,
    mode: issuedMode(account),
    random: drawDigits(17),
  })
  const codeId = services.newId()
  const issued = await inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    const payer = await lockPayer(tx, schoolId, personId)
    if (!payer) return refuse('NOT_FOUND')
    const inactive = refuseInactiveCard(payer.card_status)
    if (inactive) return inactive
    const status = account === 'wallet' ? payer.wallet_status : payer.one_card_status
    if (status !== 'open') return refuse('ACCOUNT_NOT_OPEN')
    await revokeIssuedCodes(tx, schoolId, personId, keepEarlier)
    return insertIssuedCode(tx, { schoolId, code, codeId, personId, account, revealed })
  })
  if (isRefusal(issued)) return issued
  return {
    status: 201,
    body: {
      codeId,
      code,
      account,
      revealed,
      issuedAt: issued.issuedAt.toISOString(),
      expiresAt: issued.expiresAt.toISOString(),
    },
  }
}
