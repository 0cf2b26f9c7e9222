import { readFileSync } from 'node:fs'
import type { Demo } from '@campus-ecode/protocol/demo'
import { isErrorCode } from '@campus-ecode/protocol/errors'
import { sessionSchema } from '@campus-ecode/protocol/sessions'
import { idSchema } from '@campus-ecode/protocol/shapes'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { secureHeaders } from 'hono/secure-headers'
import { z } from 'zod'
import type { DemoConfig } from './config.ts'
import { readOffice, renderOffice } from './office.ts'
import { renderHome, renderMessage, renderPhone } from './pages.ts'
import { addPlayground } from './playground.ts'

/** The school's own site in the demo: a phone beside a till, and a page with only the widget. */
export function createDemoApp(config: DemoConfig, deps: DemoAppDeps): Hono {
  const { readDemo, fetchBff = fetch } = deps
  const { bffUrl, posUrl, keypadUrl, sandboxUrl } = config
  const app = new Hono()

  app.get('/healthz', (c) => c.json({ ok: true }))
  app.get('/readyz', async (c) => {
    const demo = await readDemo().catch(() => undefined)
    if (!demo) return c.json({ ok: false, waitingFor: 'demo.json' }, 503)
    const answer = await fetchBff(`${bffUrl}/readyz`, { signal: AbortSignal.timeout(3_000) })
      .then(({ ok }) => ok)
      .catch(() => false)
    return answer ? c.json({ ok: true }) : c.json({ ok: false, waitingFor: 'bff' }, 503)
  })

  app.get(
    '/',
    pageHeaders({ frameSrc: ["'self'", posUrl], frameAncestors: ["'none'"] }),
    async (c) => {
      const demo = await readDemo()
      if (!demo) return c.html(renderMessage(STARTING), 503)
      return c.html(renderHome(demo, config))
    },
  )

  // The widget brings its own styles into its shadow root; a host need not allow inline ones.
  const phoneHeaders = pageHeaders({
    scriptSrc: ["'self'", bffUrl],
    connectSrc: ["'self'", bffUrl],
    // The keypad is opened by a form, into a frame or in place of the page; the library by one, too.
    frameSrc: [keypadUrl],
    formAction: ["'self'", keypadUrl, sandboxUrl],
    frameAncestors: ["'self'"],
  })
  app.get('/phone', phoneHeaders, async (c) => {
    const demo = await readDemo()
    if (!demo) return c.html(renderMessage(STARTING), 503)
    const id = c.req.query('person') ?? demo.people[0]?.id
    const person = demo.people.find((candidate) => candidate.id === id)
    if (!person) return c.html(renderMessage(NOBODY), 404)
    return c.html(renderPhone({ demo, person, bffUrl, query: c.req.query() }))
  })

  app.get('/office', pageHeaders({ frameAncestors: ["'none'"] }), async (c) => {
    const office = await readOffice(config.consoleFile)
    return office ? c.html(renderOffice(office, config)) : c.html(renderMessage(STARTING), 503)
  })

  addPlayground(app, { readDemo, fetchBff, bffUrl, pageHeaders: phoneHeaders })

  app.post(
    '/session',
    bodyLimit({ maxSize: 1024, onError: (c) => c.json({ error: 'BODY_TOO_LARGE' }, 413) }),
    async (c) => {
      // Pages elsewhere cannot send this type without asking first, and nobody answers them.
      if (c.req.header('content-type') !== 'application/json') {
        return c.json({ error: 'MEDIA_TYPE_UNSUPPORTED' }, 415)
      }
      const body = sessionWishSchema.safeParse(await c.req.json().catch(() => undefined))
      if (!body.success) return c.json({ error: 'BAD_REQUEST' }, 400)
      const demo = await readDemo()
      const person = demo?.people.find(({ id }) => id === body.data.person)
      if (!demo || !person) return c.json({ error: 'SUBJECT_UNKNOWN' }, 404)
      return openSession({ demo, cardNo: person.cardNo, thumbprint: body.data.thumbprint })
    },
  )

  for (const [name, type] of [
    ['home.css', 'text/css'],
    ['home.js', 'text/javascript'],
    ['phone.css', 'text/css'],
    ['phone.js', 'text/javascript'],
    ['playground.css', 'text/css'],
    ['playground.js', 'text/javascript'],
    ['favicon.svg', 'image/svg+xml'],
  ] as const) {
    const content = readFileSync(new URL(`../../demo/web/${name}`, import.meta.url), 'utf8')
    const headers = {
      'content-type': `${type}; charset=utf-8`,
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
    }
    app.get(`/${name}`, (c) => c.body(content, 200, headers))
  }

  async function openSession({ demo, cardNo, thumbprint }: SessionWish) {
    const { id, secret } = demo.school
    const answer = await fetchBff(`${bffUrl}/v1/sessions`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ subject: { cardNo }, thumbprint }),
      signal: AbortSignal.timeout(10_000),
    }).catch(() => undefined)
    const body: unknown = await answer?.json().catch(() => undefined)
    const headers = { 'cache-control': 'no-store' }
    const session = sessionSchema.safeParse(body)
    if (answer?.ok && session.success) return Response.json(session.data, { status: 201, headers })
    const code = (body as { code?: unknown } | undefined)?.code
    const error = isErrorCode(code) ? code : 'CORE_UNREACHABLE'
    return Response.json({ error }, { status: 502, headers })
  }

  return app
}

export interface DemoAppDeps {
  readDemo: () => Promise<Demo | undefined>
  fetchBff?: typeof fetch
}

interface SessionWish {
  demo: Demo
  cardNo: string
  thumbprint: string
}

/** The page says who is signed in: this stands for the cookie that a real school's site would read. */
const sessionWishSchema = z.strictObject({ person: idSchema, thumbprint: z.string().max(64) })

const STARTING = {
  title: '演示还在启动，请稍后刷新',
  text: 'The demo is still starting; reload in a moment.',
}
const NOBODY = { title: '演示里没有这个人', text: 'There is no such person in this demo.' }

type Sources = Partial<
  Record<'scriptSrc' | 'connectSrc' | 'frameSrc' | 'formAction' | 'frameAncestors', string[]>
>

/** As strict as a host may be: nothing inline, nothing from elsewhere but what is named. */
function pageHeaders(sources: Sources) {
  return secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      imgSrc: ["'self'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      ...sources,
    },
    strictTransportSecurity: false,
    xFrameOptions: false,
  })
}
