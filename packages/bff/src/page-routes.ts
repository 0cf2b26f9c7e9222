import { EVENT_STREAM_PATH, keylessOperations } from '@campus-ecode/protocol/bff-api'
import { cursorSchema } from '@campus-ecode/protocol/events'
import { personRoutes } from '@campus-ecode/protocol/person-api'
import type { Route } from '@campus-ecode/protocol/route'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context, Hono } from 'hono'
import { type AppEnv, answerCore, answerRefusal } from './answer.ts'
import type { CoreAnswer, CoreClient } from './core-client.ts'
import type { EventStreams } from './event-streams.ts'
import { identifyPage, type PageCallerOptions } from './page-caller.ts'
import { createPersonTarget } from './person-target.ts'
import { refuse } from './refusal.ts'
import { readJsonBody } from './request-body.ts'

/** What pages may call: the routes of the protocol and nothing else, signed and forwarded. */
export function addPageRoutes(app: Hono<AppEnv>, options: PageRoutesOptions): void {
  for (const [name, route] of Object.entries<Route>(personRoutes)) {
    const keyless = keylessOperations.some((operation) => operation === name)
    const known = { name, route, keyless }
    app.on(route.method, `/v1/me${route.path}`, (c) => forward(c, known, options))
  }
  app.get(EVENT_STREAM_PATH, (c) => openStream(c, options))
}

export interface PageRoutesOptions extends PageCallerOptions {
  core: CoreClient
  streams: EventStreams
}

interface KnownRoute {
  name: string
  route: Route
  keyless: boolean
}

async function forward(
  c: Context<AppEnv>,
  { name, route, keyless }: KnownRoute,
  options: PageRoutesOptions,
) {
  const { incoming, outgoing: answer } = c.env
  answer.route = name
  // A scope that depends on the action is looked at where the action is known.
  const [scope, scopeOf] =
    typeof route.scope === 'function' ? [undefined, route.scope] : [route.scope, undefined]
  const caller = await identifyPage(incoming, { scope, keyless }, options)
  if (!caller.ok) return answerRefusal(answer, caller)
  const { session, proofJti } = caller
  answer.schoolId = session.schoolId
  const search = incoming.url?.split('?')[1] ?? ''
  const address = createPersonTarget(route, session, c.req.param(), search)
  if (!address.ok) return answerRefusal(answer, address)
  const body = route.body && (await readJsonBody(incoming, route.body))
  if (body && !body.ok) return answerRefusal(answer, body)
  const mayHear = (said: unknown) => !scopeOf || session.scopes.includes(scopeOf(said as Said))
  if (body && !mayHear(body.value)) return answerRefusal(answer, refuse('SCOPE_MISSING'))
  const forwarded = await options.core.call({
    method: route.method,
    target: address.target,
    requestId: answer.requestId,
    ...(body && { body: body.bytes }),
    ...(route.method !== 'GET' && proofJti !== undefined && { proofJti }),
  })
  if (!forwarded.ok) return answerRefusal(answer, forwarded)
  if (scopeOf && !body && route.answers[forwarded.status]) {
    // An action that a newer core knows and we do not is nobody's to see.
    const said = readAnswer(route, forwarded)
    if (!said || !mayHear(said)) return answerRefusal(answer, refuse('SCOPE_MISSING'))
  }
  return answerCore(answer, forwarded)
}

/** What a scope can be told from; both have been held against their schema. */
type Said = Parameters<Extract<Route['scope'], (said: never) => unknown>>[0]

function readAnswer({ answers }: Route, { status, body }: CoreAnswer): unknown {
  return answers[status]?.safeParse(JSON.parse(body.toString('utf8'))).data
}

async function openStream(c: Context<AppEnv>, options: PageRoutesOptions) {
  const { incoming, outgoing: answer } = c.env
  answer.route = 'streamEvents'
  const caller = await identifyPage(incoming, { scope: personRoutes.getEvents.scope }, options)
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
