import { ticketRoutes } from '@campus-ecode/protocol/bff-api'
import {
  coreSignInRoutes,
  type SignInChannel,
  TICKET_FRAGMENT,
} from '@campus-ecode/protocol/sign-ins'
import type { Context } from 'hono'
import { type Answer, type AppEnv, answerJson, answerRefusal } from './answer.ts'
import { askCore } from './ask-core.ts'
import type { CoreClient } from './core-client.ts'
import { identifyPage, type PageCallerOptions } from './page-caller.ts'
import { refuse } from './refusal.ts'
import { readJsonBody } from './request-body.ts'

/** `POST /v1/me/tickets`: a mini-program hands its person over to the page that its web-view opens next. */
export function createTicketRoute(options: PageCallerOptions & { core: CoreClient }) {
  return async (c: Context<AppEnv>): Promise<Response> => {
    const { incoming, outgoing: answer } = c.env
    answer.route = 'createTicket'
    const caller = await identifyPage(incoming, { keyless: true }, options)
    if (!caller.ok) return answerRefusal(answer, caller)
    const { session } = caller
    answer.schoolId = session.schoolId
    if (session.jkt !== undefined) {
      // A page's sign-in would have no end, if it could make the next one by itself.
      return answerRefusal(answer, refuse('SESSION_MISSING', { reason: "not a mini-program's" }))
    }
    const body = await readJsonBody(incoming, ticketRoutes.createTicket.body)
    if (!body.ok) return answerRefusal(answer, body)
    const { target } = body.value
    const { binding = '' } = session
    const channel = 'mini_program'
    return answerTicket(answer, { ...options, person: session, target, channel, binding })
  }
}

/** The address of a page, with a ticket for one person where no server and no Referer sees it. */
export async function answerTicket(
  answer: Answer,
  { core, origin, person, target, channel, binding }: TicketWish,
): Promise<Response> {
  const url = new URL(target)
  // The ticket would take its place, and the page would open somewhere else.
  if (url.hash !== '') return answerRefusal(answer, refuse('BAD_REQUEST', { fields: ['target'] }))
  const { schoolId, personId } = person
  const made = await askCore(core, answer, {
    ...{ route: coreSignInRoutes.createTicket, schoolId, path: `/people/${personId}/tickets` },
    body: { target, bffOrigin: origin, channel, binding },
  })
  if (!made.ok) return made.answer()
  url.hash = `${TICKET_FRAGMENT}=${made.said.ticket}`
  return answerJson(201, { url: url.href, expiresAt: made.said.expiresAt })
}

interface TicketWish {
  core: CoreClient
  origin: string
  person: { schoolId: string; personId: string }
  target: string
  channel: SignInChannel
  /** What the sign-in hangs on that it comes from; empty where a school's server said who it is. */
  binding: string
}
