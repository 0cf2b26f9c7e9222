import { readFileSync } from 'node:fs'
import type { Demo } from '@campus-ecode/protocol/demo'
import { idSchema, orderNoSchema } from '@campus-ecode/protocol/shapes'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { html } from 'hono/html'
import { secureHeaders } from 'hono/secure-headers'
import { z } from 'zod'
import type { Canteen, OrderView } from './canteen.ts'
import { menu } from './menu.ts'

export interface SiteOptions {
  demo: Demo
  canteen: Canteen
  keypadOrigin: string
  onFault: (error: unknown) => void
}

const choiceSchema = z.record(z.string().max(20), z.int().min(0).max(99))
// The page says who is signed in: this stands for the cookie that your site has already.
const orderSchema = z.strictObject({ person: idSchema, dishes: choiceSchema })
const personSchema = z.strictObject({ person: idSchema })
const sessionSchema = z.strictObject({ person: idSchema, thumbprint: z.string().max(64) })

/** A canteen's page with the widget on it, and where the core's notices arrive. */
export function createSite({ demo, canteen, keypadOrigin, onFault }: SiteOptions): Hono {
  const site = new Hono()
  site.onError((error, c) => {
    onFault(error)
    return c.json({ error: 'INTERNAL' }, 500)
  })
  site.use(bodyLimit({ maxSize: 16_384, onError: (c) => c.json({ error: 'TOO_LARGE' }, 413) }))
  site.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        baseUri: ["'none'"],
        connectSrc: ["'self'", demo.bffUrl],
        formAction: ["'self'", keypadOrigin],
        frameAncestors: ["'none'"],
        frameSrc: [keypadOrigin],
        imgSrc: ["'self'", 'blob:'],
        scriptSrc: ["'self'", demo.bffUrl],
        styleSrc: ["'self'"],
      },
      strictTransportSecurity: false,
    }),
  )

  site.get('/healthz', (c) => c.json({ ok: true }))
  site.get('/readyz', (c) => c.json({ ok: true }))

  site.get('/', (c) => {
    const id = c.req.query('person') ?? demo.people[0]?.id
    const person = demo.people.find((candidate) => candidate.id === id)
    return person ? c.html(renderPage(demo, person)) : c.text('演示里没有这个人', 404)
  })

  // As examples/script-tag: the school's server says who this is. A merchant never has the school's secret;
  // this canteen is the school's own.
  site.post('/session', async (c) => {
    const body = await readJson(c, sessionSchema)
    const cardNo = demo.people.find(({ id }) => id === body?.person)?.cardNo
    if (!body || !cardNo) return c.json({ error: 'BAD_REQUEST' }, 400)
    const { id, secret } = demo.school
    const answer = await fetch(`${demo.bffUrl}/v1/sessions`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ subject: { cardNo }, thumbprint: body.thumbprint }),
      signal: AbortSignal.timeout(10_000),
    })
    const headers = { 'cache-control': 'no-store', 'content-type': 'application/json' }
    return new Response(answer.body, { status: answer.status, headers })
  })

  site.post('/orders', async (c) => {
    const body = await readJson(c, orderSchema)
    const view = body && (await canteen.order(body.person, body.dishes))
    return view ? c.json(view, 201) : c.json({ error: 'BAD_REQUEST' }, 400)
  })
  site.get('/orders', async (c) => {
    const person = idSchema.safeParse(c.req.query('person'))
    return c.json(person.success ? await canteen.list(person.data) : [])
  })
  site.get('/orders/:orderNo', async (c) => {
    const person = idSchema.safeParse(c.req.query('person'))
    const orderNo = orderNoSchema.safeParse(c.req.param('orderNo'))
    if (!person.success || !orderNo.success) return c.json({ error: 'NOT_FOUND' }, 404)
    return answerOrder(c, await canteen.look(person.data, orderNo.data))
  })
  site.post('/orders/:orderNo/cancel', async (c) => {
    const body = await readJson(c, personSchema)
    const orderNo = orderNoSchema.safeParse(c.req.param('orderNo'))
    if (!body || !orderNo.success) return c.json({ error: 'NOT_FOUND' }, 404)
    return answerOrder(c, await canteen.cancel(body.person, orderNo.data))
  })

  // From the core, signed; nothing else in it is believed.
  site.post('/notices', async (c) => {
    const status = await canteen.hear(c.req.header(), await c.req.text())
    return c.body(null, status)
  })

  for (const [name, type] of [
    ['ordering.js', 'text/javascript'],
    ['ordering.css', 'text/css'],
    ['icon.svg', 'image/svg+xml'],
  ] as const) {
    const content = readFileSync(new URL(`../public/${name}`, import.meta.url), 'utf8')
    site.get(`/${name}`, (c) => c.body(content, 200, { 'content-type': `${type}; charset=utf-8` }))
  }
  return site
}

async function readJson<T>(c: Context, schema: z.ZodType<T>): Promise<T | undefined> {
  // A form on another site cannot send this type.
  if (c.req.header('content-type') !== 'application/json') return undefined
  return schema.safeParse(await c.req.json().catch(() => undefined)).data
}

function answerOrder(c: Context, view: OrderView | undefined) {
  return view ? c.json(view) : c.json({ error: 'NOT_FOUND' }, 404)
}

function renderPage({ bffUrl, school }: Demo, person: Demo['people'][number]) {
  const dishes = menu.map(
    ({ id, name, nameEn, priceFen }) => html`
      <li>
        <span>${name} <small lang="en">${nameEn}</small></span>
        <b>¥${(priceFen / 100).toFixed(2)}</b>
        <input type="number" min="0" max="99" value="0" inputmode="numeric"
          data-dish="${id}" data-fen="${priceFen}" aria-label="${name} 份数" />
      </li>`,
  )
  return html`<!doctype html>
    <html lang="zh-CN">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
        <meta name="color-scheme" content="light dark" />
        <title>校园订餐</title>
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/ordering.css" />
      </head>
      <body>
        <header>
          <h1>校园订餐 <small lang="en">Canteen</small></h1>
          <p>${person.name}</p>
        </header>
        <main id="ordering" data-school="${school.id}" data-person="${person.id}">
          <ul class="menu">${dishes}</ul>
          <p class="sum">合计 <b id="sum">¥0.00</b></p>
          <button type="button" id="order">下单并付款 <small lang="en">Order and pay</small></button>
          <p id="said" role="status"></p>
          <h2>我的订单 <small lang="en">My orders</small></h2>
          <ol id="orders"></ol>
        </main>
        <script src="${bffUrl}/v1/ecode.js" defer></script>
        <script src="/ordering.js" defer></script>
      </body>
    </html>`
}
