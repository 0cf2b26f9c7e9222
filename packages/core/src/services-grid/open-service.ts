import { randomBytes } from 'node:crypto'
import { lockPayer } from '../cards/store.ts'
import { inTransaction } from '../db/database.ts'
import { type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { limitStarts } from '../people/limit-starts.ts'
import { hashText } from '../tickets/secret.ts'
import { findService, insertServiceTicket } from './store.ts'

const limitTickets = limitStarts({ table: 'service_tickets', startedAt: 'created_at' })

/**
 * A ticket that signs the person in at one of the school's other services, once and within a minute (R36). A
 * locked card does not keep anybody from the library's pages.
 *
 * Refuses: SERVICE_UNKNOWN, CARD_NOT_CLAIMED, CARD_CLOSED, RATE_LIMITED.
 */
export async function openService(ctx: PersonContext<'openService'>): PersonOutcome<'openService'> {
  const { params, services } = ctx
  const { schoolId, personId, serviceId } = params
  const ticket = `ST-${schoolId}-${randomBytes(32).toString('base64url')}`
  return inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    const payer = await lockPayer(tx, schoolId, personId)
    if (!payer) return refuse('NOT_FOUND')
    if (payer.card_status === 'unclaimed') return refuse('CARD_NOT_CLAIMED')
    if (payer.card_status === 'closed') return refuse('CARD_CLOSED')
    const service = await findService(tx, schoolId, personId, serviceId)
    if (!service) return refuse('SERVICE_UNKNOWN')
    const refusal = await limitTickets(tx, schoolId, personId)
    if (refusal) return refusal
    const { url } = service
    const made = { schoolId, ticketHash: hashText(ticket), personId, url }
    const expiresAt = await insertServiceTicket(tx, made)
    return { status: 201, body: { url, ticket, expiresAt: expiresAt.toISOString() } }
  })
}
