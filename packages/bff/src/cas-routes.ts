import { serviceTicketRoutes, serviceTicketSchema } from '@campus-ecode/protocol/sign-ins'
import type { Context, Hono } from 'hono'
import { type Answer, type AppEnv, answerRefusal } from './answer.ts'
import { askCore } from './ask-core.ts'
import { answerValidation, type FailureCode, type Validation } from './cas-answer.ts'
import type { CoreClient } from './core-client.ts'
import type { EntryLimit } from './entry-limit.ts'
import { refuse } from './refusal.ts'

/** R36: a school's service asks whose a ticket is, as of any CAS 3.0 server. */
export function addCasRoutes(app: Hono<AppEnv>, options: CasOptions): void {
  app.get('/cas/serviceValidate', (c) => validate(c, { ...options, withAttributes: false }))
  app.get('/cas/p3/serviceValidate', (c) => validate(c, { ...options, withAttributes: true }))
}

export interface CasOptions {
  core: CoreClient
  limit: EntryLimit
  nowMs: () => number
}

async function validate(
  c: Context<AppEnv>,
  { core, limit, nowMs, withAttributes }: CasOptions & { withAttributes: boolean },
): Promise<Response> {
  const { incoming, outgoing: answer } = c.env
  answer.route = 'validateServiceTicket'
  // A router takes HEAD for GET; it would spend the ticket and learn nothing.
  if (incoming.method !== 'GET') return answerRefusal(answer, refuse('METHOD_NOT_ALLOWED'))
  // Only browsers send it. A ticket is for the service's server, and so is the name behind it.
  if (incoming.headers.origin !== undefined) {
    return answerRefusal(answer, refuse('ORIGIN_NOT_ALLOWED'))
  }
  const limited = limit.checkAddress(incoming)
  if (limited) return answerRefusal(answer, limited)

  const query = new URLSearchParams(incoming.url?.split('?')[1] ?? '')
  const format = query.get('format')?.toUpperCase() === 'JSON' ? 'JSON' : 'XML'
  const [service, ticket] = [readOnce(query, 'service'), readOnce(query, 'ticket')]
  if (!service || !ticket) {
    return fail('INVALID_REQUEST', 'service and ticket are needed, each once')
  }
  if (!serviceTicketSchema.shape.ticket.safeParse(ticket).success) {
    return fail('INVALID_TICKET', 'this is no ticket of ours')
  }
  // §2.5.1: then only who has just typed a password will do, and nobody here has.
  if (query.get('renew')) return fail('INVALID_TICKET', 'tickets are from a single sign-on')
  const schoolId = ticket.slice(3, 7)
  answer.schoolId = schoolId
  const flooded = limit.checkSchool('validateServiceTicket', schoolId)
  if (flooded) return answerRefusal(answer, flooded)

  const asked = await askCore(core, answer, {
    route: serviceTicketRoutes.validateServiceTicket,
    ...{ schoolId, path: '/service-tickets/validate', body: { ticket, service } },
  })
  if (!asked.ok) return fail(...nameFailure(asked.code))
  const { cardNo, name, class: personClass } = asked.said
  const attributes = { ...describeSignIn(nowMs()), name, class: personClass }
  return answerValidation({ user: cardNo, ...(withAttributes && { attributes }) }, format)

  function fail(code: FailureCode, description: string): Response {
    noteFailure(answer, code)
    return answerValidation({ code, description } satisfies Validation, format)
  }
}

/** What the schema of CAS 3.0 has in every answer with attributes (appendix A). */
function describeSignIn(nowMs: number) {
  return {
    authenticationDate: new Date(nowMs).toISOString(),
    longTermAuthenticationRequestTokenUsed: false,
    isFromNewLogin: false,
  }
}

function nameFailure(code: string): [FailureCode, string] {
  if (code === 'TICKET_INVALID') return ['INVALID_TICKET', 'the ticket is used, too old or unknown']
  if (code === 'SERVICE_UNKNOWN') return ['INVALID_SERVICE', 'the ticket is for another service']
  return ['INTERNAL_ERROR', 'the ticket cannot be looked at right now']
}

/** For the log, which has no other way to tell: the status is 200. */
function noteFailure(answer: Answer, code: FailureCode): void {
  answer.coreCode ??= code
}

/** Undefined also for what is there twice: which of them counts would be a guess. */
function readOnce(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name)
  return values.length === 1 && (values[0]?.length ?? 0) <= 2_000 ? values[0] : undefined
}
