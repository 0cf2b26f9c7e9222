import type { coreSignInRoutes } from '@campus-ecode/protocol/sign-ins'
import { lockPayer } from '../cards/store.ts'
import { inTransaction } from '../db/database.ts'
import {
  type Answer,
  type BffCaller,
  type Context,
  type Refusal,
  refuse,
} from '../http/operation.ts'
import { limitStarts } from '../people/limit-starts.ts'
import { findBinding } from '../sign-ins/find-binding.ts'
import { isPageOfOurs } from '../sign-ins/page-origins.ts'
import { createSecret } from './secret.ts'
import { insertTicket } from './store.ts'

type CreateTicket = typeof coreSignInRoutes.createTicket

const limitTickets = limitStarts({ table: 'sign_in_tickets', startedAt: 'created_at' })

/**
 * Makes a ticket for a page that a signed-in person opens next: a web-view of the mini-program, the BFF's own
 * page. Whoever redeems it first has it, for the rest of its minute.
 *
 * Refuses: RETURN_ADDRESS_NOT_ALLOWED, SIGN_IN_ENDED, RATE_LIMITED.
 */
export async function createTicket(
  ctx: Context<CreateTicket, BffCaller>,
): Promise<Answer<CreateTicket> | Refusal> {
  const { params, body, services } = ctx
  const { schoolId, personId } = params
  const { channel, binding } = body
  const { secret: ticket, hash: ticketHash } = createSecret(schoolId)
  return inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    if (!(await isPageOfOurs(tx, schoolId, body.target, body.bffOrigin))) {
      return refuse('RETURN_ADDRESS_NOT_ALLOWED')
    }
    const payer = await lockPayer(tx, schoolId, personId)
    if (!payer || (await findBinding(tx, schoolId, personId, channel)) !== binding) {
      return refuse('SIGN_IN_ENDED')
    }
    const refusal = await limitTickets(tx, schoolId, personId)
    if (refusal) return refusal
    const made = { schoolId, ticketHash, personId, channel, challenge: null }
    const expiresAt = await insertTicket(tx, made)
    return { status: 201, body: { ticket, expiresAt: expiresAt.toISOString() } }
  })
}
