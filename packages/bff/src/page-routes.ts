import { EVENT_STREAM_PATH } from '@campus-ecode/protocol/bff-api'
import { cursorSchema } from '@campus-ecode/protocol/events'
import { personRoutes } from '@campus-ecode/protocol/person-api'
import type { Route } from '@campus-ecode/protocol/route'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context, Hono } from 'hono'
import { type AppEnv, answerCore, answerRefusal } from './answer.ts'
import type { CoreClient } from './core-client.ts'
import type { EventStreams } from './event-streams.ts'
import { identifyPage, type PageCallerOptions } from './page-caller.ts'
import { createPersonTarget } from './person-target.ts'
import { refuse } from './refusal.ts'
import { readJsonBody } from './request-body.ts'

/** What pages may call: the routes of the protocol and nothing else, signed and forwarded. */
export function addPageRoutes(app: Hono<AppEnv>, options: PageRoutesOptions): void {
  for (const [name, route] of Object.entries<Route>(personRoutes)) {
    app.on(route.method, `/v1/me${route.path}`, (c) => forward(c, name, route, options))
  }
  app.get(EVENT_STREAM_PATH, (c) => openStream(c, options))
}

export interface PageRoutesOptions extends PageCallerOptions {
  core: CoreClient
  streams: EventStreams
}

async function forward(c: Context<AppEnv>, name: string, route: Route, options: PageRoutesOptions) {
  const { incoming, outgoing: answer } = c.env
  answer.route = name
  const caller = await identifyPage(incoming, route.scope, options)
  if (!caller.ok) return answerRefusal(answer, caller)
  answer.schoolId = caller.session.schoolId
  const search = incoming.url?.split('?')[1] ?? ''
  const address = createPersonTarget(route, caller.session, c.req.param(), search)
  if (!address.ok) return answerRefusal(answer, address)
  const body = route.body && (await readJsonBody(incoming, route.body))
  if (body && !body.ok) return answerRefusal(answer, body)
  const forwarded = await options.core.call({
    method: route.method,
    target: address.target,
    requestId: answer.requestId,
    ...(body && { body: body.bytes }),
    ...(route.method !== 'GET' && { proofJti: caller.proofJti }),
  })
  return forwarded.ok ? answerCore(answer, forwarded) : answerRefusal(answer, forwarded)
}

async function openStream(c: Context<AppEnv>, options: PageRoutesOptions) {
  const { incoming, outgoing: answer } = c.env
  answer.route = 'streamEvents'
  const caller = await identifyPage(incoming, personRoutes.getEvents.scope, options)
  if (!caller.ok) return answerRefusal(answer, caller)
  answer.schoolId = caller.session.schoolId
  const after = incoming.headers['last-event-id']
  if (!cursorSchema.optional().safeParse(after).success || Array.isArray(after)) {
    return answerRefusal(answer, refuse('BAD_REQUEST', { fields: ['last-event-id'] }))
  }
  const refused = await options.streams.open(caller.session, answer, after)
  if (!refused) {
    // Node keeps the request as long as its answer: token and proof would be a third of what a phone costs.
    incoming.rawHeaders = []
    incoming.headers = {}
    return RESPONSE_ALREADY_SENT
  }
  return refused.ok ? answerCore(answer, refused) : answerRefusal(answer, refused)
}
