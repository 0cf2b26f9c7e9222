import { ticketRoutes } from '@campus-ecode/protocol/bff-api'
import { createBffOpenApi } from '@campus-ecode/protocol/openapi'
import { Hono } from 'hono'
import type { Logger } from 'pino'
import { type AppEnv, answerBytes, answerJson, answerRefusal } from './answer.ts'
import { addCasRoutes } from './cas-routes.ts'
import type { Config } from './config.ts'
import type { CoreClient } from './core-client.ts'
import { createEntryLimit } from './entry-limit.ts'
import { addErrorPage } from './error-page.ts'
import { createEventRelay } from './event-relay.ts'
import { createEventStreams, type EventStreams } from './event-streams.ts'
import { addHostedPage, type HostedFiles } from './hosted-page.ts'
import { addPageRoutes } from './page-routes.ts'
import { createRateLimit } from './rate-limit.ts'
import { createReadiness } from './readiness.ts'
import { createRefreshSeal } from './refresh-seal.ts'
import { refuse } from './refusal.ts'
import { answerSdkFile, type SdkFiles } from './sdk-files.ts'
import { createSessionRoute } from './session-route.ts'
import { createSessionSeal } from './session-seal.ts'
import { addSignInRoutes } from './sign-in-routes.ts'
import { createTicketRoute } from './ticket-route.ts'

/** The whole BFF behind the HTTP server: every route it answers is named here. */
export async function createApp(config: Config, deps: AppDeps): Promise<App> {
  const { core, sdkFiles, hostedFiles, log, nowMs = Date.now } = deps
  const { origin, keypadOrigin, wechatScriptOrigin, proxyCount } = config
  const keys = [config.sessionKey, config.sessionKeyPrevious] as const
  const seal = await createSessionSeal(...keys)
  const refreshSeal = await createRefreshSeal(...keys)
  const limit = createEntryLimit({ proxyCount, nowMs })
  const streams = createEventStreams({ relay: createEventRelay({ core, log }), core, nowMs })
  const isReady = createReadiness({ core, nowMs })
  const rateLimit = createRateLimit({ perSecond: 20, burst: 100, nowMs })
  const openApi = Buffer.from(JSON.stringify(createBffOpenApi()))

  const app = new Hono<AppEnv>()
  const calling = { core, seal, origin, rateLimit, nowMs }
  app.post('/v1/sessions', createSessionRoute({ core, seal, origin, nowMs }))
  addSignInRoutes(app, { ...calling, refreshSeal, limit })
  app.post(ticketRoutes.createTicket.path, createTicketRoute(calling))
  addPageRoutes(app, { ...calling, streams })
  addCasRoutes(app, { core, limit, nowMs })
  addErrorPage(app)
  addHostedPage(app, { files: hostedFiles, origin, keypadOrigin, wechatScriptOrigin })
  app.get('/openapi.json', (c) => {
    c.env.outgoing.route = 'openapi'
    return answerBytes(200, 'application/json', openApi)
  })
  app.get('/healthz', (c) => {
    c.env.outgoing.route = 'health'
    return answerJson(200, { ok: true })
  })
  app.get('/readyz', async (c) => {
    const { outgoing: answer } = c.env
    answer.route = 'readiness'
    if (deps.isStopping?.() || !(await isReady(answer.requestId))) {
      return answerRefusal(answer, refuse('UNAVAILABLE'))
    }
    return answerJson(200, { ok: true })
  })

  app.notFound((c) => {
    const { incoming, outgoing: answer } = c.env
    const { path } = c.req
    const allowed = METHODS.filter((method) => app.router.match(method, path)[0].length > 0)
    if (allowed.length > 0) {
      answer.setHeader('allow', allowed.join(', '))
      return answerRefusal(answer, refuse('METHOD_NOT_ALLOWED'))
    }
    const file = sdkFiles.get(path)
    if (!file) return answerRefusal(answer, refuse('NOT_FOUND'))
    answer.route = 'sdk'
    if (incoming.method !== 'GET' && incoming.method !== 'HEAD') {
      answer.setHeader('allow', 'GET, HEAD')
      return answerRefusal(answer, refuse('METHOD_NOT_ALLOWED'))
    }
    return answerSdkFile(file, {
      ifNoneMatch: incoming.headers['if-none-match'],
      acceptEncoding: String(incoming.headers['accept-encoding'] ?? ''),
    })
  })

  app.onError((error, c) => {
    const { outgoing: answer } = c.env
    log.error({ requestId: answer.requestId, route: answer.route, err: error }, 'fault')
    return answerRefusal(answer, refuse('INTERNAL'))
  })

  return { fetch: app.fetch, streams }
}

const METHODS = ['GET', 'POST', 'PUT', 'DELETE']

export interface App {
  fetch: Hono<AppEnv>['fetch']
  streams: EventStreams
}

export interface AppDeps {
  core: CoreClient
  sdkFiles: SdkFiles
  hostedFiles: HostedFiles
  log: Logger
  /** True once the process is to end: it answers what it has and asks for no more. */
  isStopping?: () => boolean
  nowMs?: () => number
}
