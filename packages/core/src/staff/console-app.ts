import { PROBLEM_TYPE, toProblem } from '@campus-ecode/protocol/problem'
import { addressOf } from '@campus-ecode/service/client-address'
import { Hono } from 'hono'
import type { ConsoleConfig } from '../config.ts'
import type { CoreApp, CoreEnv } from '../http/mount-routes.ts'
import { refuse, type Services } from '../http/operation.ts'
import { createCallerLimit } from '../keypad/limit-callers.ts'
import { createTurnstile } from '../keys/turnstile.ts'
import { type ConsolePage, mountConsolePage } from './console-page.ts'
import { staffHandlers } from './handlers.ts'
import { mountStaff } from './mount-staff.ts'

/** Each holds one connection of the pool and keeps the key process busy for a moment. */
const SIGN_INS_AT_ONCE_MAX = 2
const SIGN_INS_WAITING_MAX = 20

/** The school's console: its page and what it calls, on a listener and an origin of its own. */
export function createConsoleApp(
  services: Services,
  { origin, proxyCount, workDir }: ConsoleConfig,
  page: ConsolePage,
): CoreApp {
  const app = new Hono<CoreEnv>()
  const limitCaller = createCallerLimit(proxyCount)
  app.get('/healthz', (c) => c.json({ status: 'ok' }))
  app.use(async (c, next) => {
    const retryAfterSeconds = await limitCaller(c.env.incoming)
    if (retryAfterSeconds === 0) return next()
    const requestId = services.newId()
    const problem = toProblem('RATE_LIMITED', requestId, { retryAfterSeconds })
    return c.body(JSON.stringify(problem), 429, {
      'content-type': PROBLEM_TYPE,
      'retry-after': String(retryAfterSeconds),
      connection: 'close',
    })
  })
  mountConsolePage(app, page)
  mountStaff(app, services, staffHandlers, {
    origin,
    workDir,
    addressOf: (incoming) => addressOf(incoming, proxyCount),
    takeTurn: createTurnstile(SIGN_INS_AT_ONCE_MAX, SIGN_INS_WAITING_MAX),
  })
  app.notFound((c) => {
    const { refused } = refuse('NOT_FOUND')
    const problem = toProblem(refused, services.newId())
    return c.body(JSON.stringify(problem), 404, { 'content-type': PROBLEM_TYPE })
  })
  return app
}
