import type { serviceTicketRoutes } from '@campus-ecode/protocol/sign-ins'
import { findCard } from '../cards/store.ts'
import {
  type Answer,
  type BffCaller,
  type Context,
  type Refusal,
  refuse,
} from '../http/operation.ts'
import { openPerson } from '../people/open-person.ts'
import { hashText } from '../tickets/secret.ts'
import { spendServiceTicket } from './store.ts'

type ValidateServiceTicket = typeof serviceTicketRoutes.validateServiceTicket

/**
 * Whose a service ticket is: told once, and only for the address that the ticket was posted to, character by
 * character. Whoever asks with another address has used it up (CAS 3.0 §2.5.3).
 *
 * Refuses: TICKET_INVALID, SERVICE_UNKNOWN.
 */
export async function validateServiceTicket({
  params,
  body,
  services,
}: Context<ValidateServiceTicket, BffCaller>): Promise<Answer<ValidateServiceTicket> | Refusal> {
  const { schoolId } = params
  const { pool } = services.db
  if (!/^ST-\d{4}-[\w-]{43}$/.test(body.ticket) || body.ticket.slice(3, 7) !== schoolId) {
    return refuse('TICKET_INVALID')
  }
  const spent = await spendServiceTicket(pool, schoolId, hashText(body.ticket))
  if (!spent) return refuse('TICKET_INVALID')
  if (spent.url !== body.service) return refuse('SERVICE_UNKNOWN')
  const { person_id: personId } = spent
  const card = await findCard(pool, schoolId, personId)
  if (!card || card.card_status === 'closed') return refuse('TICKET_INVALID')
  const { cardNo, name } = await openPerson(services, schoolId, personId)
  return { status: 200, body: { cardNo, name, class: card.class } }
}
