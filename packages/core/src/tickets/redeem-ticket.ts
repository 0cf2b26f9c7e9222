import { createHash } from 'node:crypto'
import type { coreSignInRoutes } from '@campus-ecode/protocol/sign-ins'
import { findOrigins } from '../approvals/store.ts'
import { inTransaction } from '../db/database.ts'
import {
  type Answer,
  type BffCaller,
  type Context,
  type Refusal,
  refuse,
} from '../http/operation.ts'
import { findBinding } from '../sign-ins/find-binding.ts'
import { readSecret } from './secret.ts'
import { burnTicket, spendTicket } from './store.ts'

type RedeemTicket = typeof coreSignInRoutes.redeemTicket

/**
 * Turns a ticket into a sign-in: for the page whose challenge it was made for, or else for the first that comes,
 * and for that page again while its minute lasts, should the answer have been lost. A ticket that comes with
 * another page's verifier has been somewhere it should not, and is good for nobody after that.
 *
 * Refuses: TICKET_INVALID.
 */
export async function redeemTicket({
  params,
  body,
  services,
}: Context<RedeemTicket, BffCaller>): Promise<Answer<RedeemTicket> | Refusal> {
  const { pool } = services.db
  const ticket = readSecret(body.ticket)
  if (ticket?.schoolId !== params.schoolId) return refuse('TICKET_INVALID')
  const { schoolId, hash } = ticket
  const challenge = createHash('sha256').update(body.verifier).digest('base64url')
  return inTransaction(pool, async (tx) => {
    const redeemed = await spendTicket(tx, schoolId, hash, challenge)
    if (!redeemed) {
      await burnTicket(tx, schoolId, hash)
      return refuse('TICKET_INVALID')
    }
    const { person_id: personId, channel } = redeemed
    // Whoever binds another WeChat has to void this ticket first, and so waits for us.
    const binding = await findBinding(tx, schoolId, personId, channel)
    if (binding === undefined) return refuse('TICKET_INVALID')
    const origins = await findOrigins(tx, schoolId)
    return { status: 200, body: { personId, channel, binding, origins } }
  })
}
