import { readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import type { Context as HonoContext } from 'hono'
import { prepare } from '../db/database.ts'
import type { CoreApp, CoreEnv } from '../http/mount-routes.ts'
import type { Services } from '../http/operation.ts'
import { answerPublicPage, isAddressed, readLocale } from '../http/public-page.ts'
import { readBody } from '../http/read-body.ts'
import { KEYPAD_BODY_BYTES_MAX } from '../keypad/keypad-limits.ts'
import { Busy, type TakeTurn } from '../keys/turnstile.ts'
import { readSecret } from '../tickets/secret.ts'
import { bindByPassword } from './bind-by-password.ts'
import { createJourneys, type NextStep } from './come-back.ts'
import { SIGN_IN_PATHS } from './offered.ts'
import {
  type BindFault,
  type PageSchool,
  renderBind,
  renderDone,
  renderOpen,
  renderSignInNotice,
  renderSnapshot,
  SCRIPT_PATH,
} from './render-sign-in.ts'
import { findByPage, type PageRow } from './store.ts'
import { wayBack } from './way-back.ts'

const BUILT = new URL('../sign-in-page/sign-in.js', import.meta.url)
const JOURNEY_SECONDS = 600

type C = HonoContext<CoreEnv>

const selectSchool = prepare<PageSchool>(
  'select name, name_en, accent, support_contact from schools where school_id = $1',
)

/**
 * Signing in by WeChat, on the public origin (R2b, R3): on the way to WeChat and back, which whoever shall pay by
 * WeChat (R27) goes too, and where card number and campus-card password are typed for a WeChat that nobody knows yet. Nowhere else are they: neither the page that
 * people came from nor the BFF sees them.
 */
export function mountSignIn(
  app: CoreApp,
  services: Services,
  origin: string,
  takeTurn: TakeTurn,
): void {
  const { log } = services
  const { pool } = services.db
  const journeys = createJourneys(services, takeTurn, origin)
  const isHttps = origin.startsWith('https:')
  // The prefix has browsers take it from nobody but this very origin; over http they take none at all.
  const cookieName = isHttps ? '__Host-ecode-journey' : 'ecode-journey'

  const findSchool = async (schoolId: string) => (await selectSchool(pool, [schoolId]))[0]
  const localeOf = (c: C) => readLocale(c.env.incoming)
  const answerNotice = (
    c: C,
    requestId: string,
    status: 403 | 410 | 503,
    reason: 'over' | 'elsewhere' | 'trouble',
  ) => answerPublicPage(c, requestId, status, renderSignInNotice(localeOf(c), reason))

  /** What every one of these has in common. */
  function on(route: string, work: (c: C, requestId: string) => Promise<Response>) {
    return async (c: C) => {
      const requestId = services.newId()
      try {
        if (!isAddressed(c.env.incoming, origin)) return answerNotice(c, requestId, 410, 'over')
        const answer = await work(c, requestId)
        log.info({ route, status: answer.status, requestId }, 'a sign-in went on')
        return answer
      } catch (error) {
        if (error instanceof Busy) log.info({ route, requestId }, 'too many at once')
        else log.error({ error, route, requestId }, 'a call failed')
        return answerNotice(c, requestId, 503, 'trouble')
      }
    }
  }

  async function go(c: C, requestId: string, step: NextStep): Promise<Response> {
    switch (step.to) {
      case 'nowhere':
        return answerNotice(c, requestId, 410, 'over')
      case 'wechat': {
        const more = isHttps ? '; Secure' : ''
        c.header(
          'set-cookie',
          `${cookieName}=${step.state}; Path=/; Max-Age=${JOURNEY_SECONDS}; HttpOnly; SameSite=Lax${more}`,
        )
        return redirect(c, 302, step.url)
      }
      case 'page':
        return redirect(c, 302, step.url)
      case 'snapshot': {
        const school = await takeTurn(() => findSchool(step.schoolId))
        if (!school) return answerNotice(c, requestId, 410, 'over')
        return answerPublicPage(c, requestId, 200, renderSnapshot(localeOf(c), school, step.secret))
      }
      case 'bind':
        return answerBind(c, requestId, step)
    }
  }

  async function answerBind(
    c: C,
    requestId: string,
    { schoolId, secret, returnTo }: { schoolId: string; secret: string; returnTo: string },
    fault?: BindFault,
  ): Promise<Response> {
    const school = await takeTurn(() => findSchool(schoolId))
    if (!school) return answerNotice(c, requestId, 410, 'over')
    // Browsers hold a form's policy against where the answer to it leads, too.
    const origins = returnTo === '' ? [] : [new URL(returnTo).origin]
    const { status, page } = renderBind(localeOf(c), school, secret, origins, fault)
    return answerPublicPage(c, requestId, status, page)
  }

  // Built beside this program.
  let script: Promise<Uint8Array<ArrayBuffer>> | undefined
  app.get(SCRIPT_PATH, async (c) => {
    script ??= readFile(BUILT).then((bytes) => new Uint8Array(bytes))
    return c.body(await script, 200, {
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=300',
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    })
  })

  app.get(
    SIGN_IN_PATHS.start,
    on('sign-in-start', async (c, requestId) =>
      go(c, requestId, await journeys.begin(c.req.query('s') ?? '', cameFrom(c.env.incoming))),
    ),
  )

  app.get(
    SIGN_IN_PATHS.callback,
    on('sign-in-callback', async (c, requestId) => {
      const { state = '', code } = c.req.query()
      const kept = readCookie(c.env.incoming, cookieName)
      return go(c, requestId, await journeys.comeBack(state, code, kept))
    }),
  )

  app.get(
    SIGN_IN_PATHS.miniProgram,
    on('sign-in-open', async (c, requestId) =>
      isLedHere(c.env.incoming)
        ? answerNotice(c, requestId, 403, 'elsewhere')
        : answerPublicPage(c, requestId, 200, renderOpen(localeOf(c))),
    ),
  )

  app.post(
    SIGN_IN_PATHS.miniProgram,
    on('sign-in-page', async (c, requestId) => {
      const form = await readForm(c.env.incoming, origin)
      const secret = form?.get('page') ?? ''
      const read = readSecret(secret)
      const row = read && (await takeTurn(() => findByPage(pool, read.schoolId, read.hash)))
      if (!read || row?.app !== 'mini_program' || row.bound_at) {
        return answerNotice(c, requestId, 410, 'over')
      }
      if (isElsewhere(c.env.incoming, row)) return answerNotice(c, requestId, 403, 'elsewhere')
      return answerBind(c, requestId, { schoolId: read.schoolId, secret, returnTo: '' })
    }),
  )

  app.post(
    SIGN_IN_PATHS.bind,
    on('sign-in-bind', async (c, requestId) => {
      const { incoming } = c.env
      const form = await readForm(incoming, origin)
      const read = readSecret(form?.get('page') ?? '')
      const row = read && (await takeTurn(() => findByPage(pool, read.schoolId, read.hash)))
      if (!form || !read || !row) return answerNotice(c, requestId, 410, 'over')
      if (isElsewhere(incoming, row)) return answerNotice(c, requestId, 403, 'elsewhere')
      const [page = '', cardNo = '', password = ''] = ['page', 'cardNo', 'password'].map(
        (name) => form.get(name) ?? '',
      )
      const outcome = await bindByPassword(services, takeTurn, { page, cardNo, password })
      if ('ticket' in outcome) {
        return redirect(c, 303, wayBack(row, outcome.ticket))
      }
      if ('bound' in outcome) {
        const school = await takeTurn(() => findSchool(outcome.schoolId))
        if (!school) return answerNotice(c, requestId, 410, 'over')
        const done = renderDone(localeOf(c), school, services.wechatScriptUrl)
        return answerPublicPage(c, requestId, 200, done)
      }
      if (outcome.refused === 'over') return answerNotice(c, requestId, 410, 'over')
      const { return_to: returnTo } = row
      const again = { schoolId: read.schoolId, secret: page, returnTo }
      const fault = { refused: outcome.refused, cardNo: cardNo.slice(0, 32) }
      return answerBind(c, requestId, again, fault)
    }),
  )
}

/**
 * A mini-program's page is opened by the mini-program alone. Its address stands for the WeChat that asked for it:
 * in the browser of somebody who was handed it, that one's card would be bound to a stranger's WeChat. Nobody can
 * choose what the browser of somebody else says it is.
 */
function isElsewhere({ headers }: IncomingMessage, row: PageRow): boolean {
  return row.app === 'mini_program' && !/\bminiProgram\b/i.test(headers['user-agent'] ?? '')
}

/**
 * Whether another page has led here. Web-views show pages that strangers may write in, a club's for one: a link there
 * to the address of their own WeChat would look as genuine as ours. A mini-program opens its web-view by itself. Older
 * engines do not say (before Chromium 80, iOS 16.4).
 */
function isLedHere({ headers }: IncomingMessage): boolean {
  return ['cross-site', 'same-site'].includes(String(headers['sec-fetch-site']))
}

/** The origin of the page before, which browsers say and pages cannot make up. */
function cameFrom({ headers }: IncomingMessage): string | undefined {
  const { referer = '' } = headers
  return URL.canParse(referer) ? new URL(referer).origin : undefined
}

function redirect(c: C, status: 302 | 303, url: string): Response {
  c.header('cache-control', 'no-store')
  // The address that they came from has the code in it.
  c.header('referrer-policy', 'no-referrer')
  return c.redirect(url, status)
}

/** A form of our own pages: others cannot know the page's secret, and are not listened to at all. */
async function readForm(
  incoming: IncomingMessage,
  origin: string,
): Promise<URLSearchParams | undefined> {
  const { headers } = incoming
  if (headers.origin !== undefined && headers.origin !== origin) return undefined
  const type = headers['content-type'] ?? ''
  if (!/^application\/x-www-form-urlencoded *(?:;|$)/i.test(type)) return undefined
  const body = await readBody(incoming, KEYPAD_BODY_BYTES_MAX)
  return typeof body === 'string' ? undefined : new URLSearchParams(body.toString('utf8'))
}

function readCookie({ headers }: IncomingMessage, name: string): string | undefined {
  for (const part of (headers.cookie ?? '').split(';')) {
    const at = part.indexOf('=')
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim()
  }
  return undefined
}
