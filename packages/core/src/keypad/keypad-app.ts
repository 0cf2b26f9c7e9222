import type { IncomingMessage } from 'node:http'
import { PROBLEM_TYPE, toProblem } from '@campus-ecode/protocol/problem'
import { Hono, type Context as HonoContext } from 'hono'
import { mountCollectionPage } from '../collections/collection-page.ts'
import type { KeypadConfig } from '../config.ts'
import { isOutage } from '../http/faults.ts'
import type { CoreApp, CoreEnv } from '../http/mount-routes.ts'
import { isRefusal, refuse, type Services } from '../http/operation.ts'
import { isAddressed, readLocale } from '../http/public-page.ts'
import { readBody } from '../http/read-body.ts'
import { mountIncomingPage } from '../incoming/incoming-page.ts'
import { Busy, createTurnstile } from '../keys/turnstile.ts'
import type { KeypadRefusal } from '../passwords/take-guess.ts'
import { mountSignIn } from '../sign-ins/mount-sign-in.ts'
import { mountWechat } from '../wechat/mount-wechat.ts'
import { cancelEntry, enterDigits, entrySchema } from './enter-digits.ts'
import {
  KEYPAD_AT_ONCE_MAX,
  KEYPAD_BODY_BYTES_MAX,
  KEYPAD_RETRY_SECONDS,
  KEYPAD_WAITING_MAX,
} from './keypad-limits.ts'
import { createCallerLimit } from './limit-callers.ts'
import { openPage } from './open-page.ts'
import type { PageAssets } from './page-assets.ts'
import { type Look, renderNotice, renderPage } from './render-page.ts'

const PAGE_HEADER = 'ecode-keypad'
const YEAR_SECONDS = 31_536_000

type KeypadContext = HonoContext<CoreEnv>

/**
 * The keypad page (R16), on an origin of its own: the one part of the core that phones talk to. It
 * knows nobody by a session; a ticket opens one page once, and the page's secret enters for it.
 *
 * Anybody may come, so what it takes of the process that also pays is bounded: requests in ten
 * seconds, requests in work and, as each of those uses one at most, database connections.
 */
export function createKeypadApp(
  services: Services,
  { origin, proxyCount }: Pick<KeypadConfig, 'origin' | 'proxyCount'>,
  assets: PageAssets,
): CoreApp {
  const { log } = services
  const app = new Hono<CoreEnv>()
  const limitCaller = createCallerLimit(proxyCount)
  // Staff's pages ask every second or so; apart, so that they keep nobody from the keypad.
  const limitStaffPage = createCallerLimit(proxyCount)
  const takeTurn = createTurnstile(KEYPAD_AT_ONCE_MAX, KEYPAD_WAITING_MAX)

  // That it listens is all that strangers are told; whether the core is ready is told on its own port.
  app.get('/healthz', (c) => c.json({ status: 'ok' }))
  app.use(async (c, next) => {
    const limit = c.req.path.startsWith('/incoming') ? limitStaffPage : limitCaller
    const retryAfterSeconds = await limit(c.env.incoming)
    if (retryAfterSeconds === 0) return next()
    const requestId = services.newId()
    const refusal = refuse('RATE_LIMITED', { retryAfterSeconds })
    log.info({ route: 'keypad', code: refusal.refused, requestId }, 'too many requests')
    c.header('connection', 'close')
    if (!/^\/(?:keypad$|wechat\/)/.test(c.req.path)) return refuseEntry(c, requestId, refusal)
    const look = { locale: readLocale(c.env.incoming) }
    return answerNotice(c, requestId, 429, look, retryAfterSeconds)
  })
  for (const { path, type, body } of [assets.script, assets.style]) {
    app.get(path, (c) =>
      c.body(new Uint8Array(body), 200, {
        'content-type': type,
        'cache-control': `public, max-age=${YEAR_SECONDS}, immutable`,
        'cross-origin-resource-policy': 'same-origin',
        'x-content-type-options': 'nosniff',
      }),
    )
  }

  app.post('/keypad', async (c) => {
    const requestId = services.newId()
    const { incoming } = c.env
    let look: Look = { locale: readLocale(incoming) }
    try {
      if (!isAddressed(incoming, origin)) return refuseEntry(c, requestId, refuse('TARGET_INVALID'))
      const form = await readForm(incoming)
      look = readLook(form, look)
      const page = await takeTurn(() => openPage(services, form?.get('ticket') ?? ''))
      log.info({ route: 'keypad', status: page ? 200 : 410, requestId }, 'a keypad was asked for')
      if (!page) return answerNotice(c, requestId, 410, look)
      return answerPage(c, requestId, 200, renderPage(look, assets, page.shown), page.origins)
    } catch (error) {
      if (error instanceof Busy) log.info({ route: 'keypad', requestId }, 'too many at once')
      else log.error({ error, route: 'keypad', requestId }, 'a call failed')
      return answerNotice(c, requestId, 503, look, KEYPAD_RETRY_SECONDS)
    }
  })

  /** What the page sends: JSON, from its own origin, with its secret. */
  function onEntry(
    route: string,
    work: (secret: string, body: unknown) => Promise<'approved' | 'cancelled' | KeypadRefusal>,
  ) {
    return async (c: KeypadContext) => {
      const requestId = services.newId()
      let outcome: 'approved' | 'cancelled' | KeypadRefusal
      try {
        const read = await readEntry(c.env.incoming, origin)
        outcome = isRefusal(read) ? read : await takeTurn(() => work(read.secret, read.body))
      } catch (error) {
        const busy = error instanceof Busy
        if (!busy) log.error({ error, route, requestId }, 'a call failed')
        const retryAfterSeconds = KEYPAD_RETRY_SECONDS
        if (busy || isOutage(error)) outcome = refuse('UNAVAILABLE', { retryAfterSeconds })
        else outcome = refuse('INTERNAL')
      }
      const code = isRefusal(outcome) ? outcome.refused : undefined
      log.info({ route, code, requestId }, 'the keypad was answered')
      if (isRefusal(outcome)) return refuseEntry(c, requestId, outcome)
      return c.json({ status: outcome }, 200, entryHeaders(requestId))
    }
  }
  app.post(
    '/keypad/entries',
    onEntry('keypad-entry', (secret, body) => {
      const entry = entrySchema.safeParse(body)
      if (entry.success) return enterDigits(services, secret, entry.data)
      const fields = entry.error.issues.map(({ path }) => path.join('.'))
      return Promise.resolve(refuse('BAD_REQUEST', { fields: [...new Set(fields)] }))
    }),
  )
  app.post(
    '/keypad/cancel',
    onEntry('keypad-cancel', async (secret) => {
      await cancelEntry(services, secret)
      return 'cancelled'
    }),
  )
  mountWechat(app, services)
  // Somebody reloaded, or typed the address: there is nothing here without a ticket.
  app.get('/keypad', (c) =>
    answerNotice(c, services.newId(), 410, { locale: readLocale(c.env.incoming) }),
  )
  mountSignIn(app, services, origin, takeTurn)
  mountCollectionPage(app, services, origin, takeTurn)
  mountIncomingPage(app, services, origin, takeTurn)
  app.notFound((c) => refuseEntry(c, services.newId(), refuse('NOT_FOUND')))
  return app

  /** In place of a keypad: it says nothing of anybody and takes nothing, so it may stand in any frame. */
  function answerNotice(
    c: KeypadContext,
    requestId: string,
    status: 410 | 429 | 503,
    look: Look,
    retryAfterSeconds?: number,
  ) {
    const html = renderNotice(look, assets, status === 410 ? 'expired' : 'unavailable')
    if (retryAfterSeconds !== undefined) c.header('retry-after', String(retryAfterSeconds))
    return answerPage(c, requestId, status, html, ['*'])
  }
}

function answerPage(
  c: KeypadContext,
  requestId: string,
  status: 200 | 410 | 429 | 503,
  html: string,
  origins: string[],
) {
  return c.html(html, status, {
    'cache-control': 'no-store',
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      `frame-ancestors ${origins.join(' ') || "'none'"}`,
    ].join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'ecode-request-id': requestId,
    'permissions-policy':
      'camera=(), microphone=(), geolocation=(), payment=(), usb=(), clipboard-read=()',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  })
}

function entryHeaders(requestId: string) {
  return {
    'cache-control': 'no-store',
    'ecode-request-id': requestId,
    'x-content-type-options': 'nosniff',
  }
}

function refuseEntry(
  c: KeypadContext,
  requestId: string,
  { refused, triesLeft, ...more }: KeypadRefusal,
) {
  const problem = {
    ...toProblem(refused, requestId, more),
    ...(triesLeft !== undefined && { triesLeft }),
  }
  const { retryAfterSeconds } = problem
  return c.body(JSON.stringify(problem), problem.status as 400, {
    ...entryHeaders(requestId),
    'content-type': PROBLEM_TYPE,
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
    // The rest of such a body is not worth reading.
    ...(refused === 'BODY_TOO_LARGE' && { connection: 'close' }),
  })
}

async function readForm(incoming: IncomingMessage): Promise<URLSearchParams | undefined> {
  const type = incoming.headers['content-type'] ?? ''
  if (!/^application\/x-www-form-urlencoded *(?:;|$)/i.test(type)) return undefined
  const body = await readBody(incoming, KEYPAD_BODY_BYTES_MAX)
  return typeof body === 'string' ? undefined : new URLSearchParams(body.toString('utf8'))
}

/** Refuses: TARGET_INVALID, ORIGIN_NOT_ALLOWED, MEDIA_TYPE_UNSUPPORTED, BODY_TOO_LARGE, BAD_REQUEST. */
async function readEntry(incoming: IncomingMessage, origin: string) {
  const { headers } = incoming
  if (!isAddressed(incoming, origin)) return refuse('TARGET_INVALID')
  if (headers.origin !== origin) return refuse('ORIGIN_NOT_ALLOWED')
  if (!/^application\/json *(?:;|$)/i.test(headers['content-type'] ?? '')) {
    return refuse('MEDIA_TYPE_UNSUPPORTED')
  }
  const secret = headers[PAGE_HEADER]
  if (typeof secret !== 'string') return refuse('APPROVAL_INVALID')
  const bytes = await readBody(incoming, KEYPAD_BODY_BYTES_MAX)
  if (bytes === 'too_large') return refuse('BODY_TOO_LARGE')
  if (bytes === 'cut') return refuse('REQUEST_TIMEOUT')
  try {
    return { secret, body: JSON.parse(bytes.toString('utf8')) as unknown }
  } catch {
    return refuse('BAD_REQUEST')
  }
}

/** The fields `lang` and `scheme`, by which the widget says how it looks itself. */
function readLook(form: URLSearchParams | undefined, { locale }: Look): Look {
  const [lang, scheme] = [form?.get('lang'), form?.get('scheme')]
  return {
    locale: lang === 'en' || lang === 'zh-CN' ? lang : locale,
    ...((scheme === 'light' || scheme === 'dark') && { scheme }),
  }
}
