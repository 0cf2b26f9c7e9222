import { lockPayer } from '../cards/store.ts'
import { inTransaction } from '../db/database.ts'
import { type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { revokeCredentials } from '../revocations/revoke-credentials.ts'

/** Ends one of the person's credentials, at sign-out or for a lost phone (R32). Repeating is harmless. */
export async function endCredential(
  ctx: PersonContext<'endCredential'>,
): PersonOutcome<'endCredential'> {
  const { params, services } = ctx
  const { schoolId, personId, credentialId } = params
  const refused = await inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    if (!(await lockPayer(tx, schoolId, personId))) return refuse('NOT_FOUND')
    await revokeCredentials(tx, { schoolId, personId, reason: 'signed_out', credentialId })
    return undefined
  })
  if (refused) return refused
  services.wakeEvents()
  return { status: 200, body: {} }
}
