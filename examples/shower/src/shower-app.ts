import { readdirSync, readFileSync } from 'node:fs'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { secureHeaders } from 'hono/secure-headers'
import { z } from 'zod'
import type { BathHouse } from './bath-house.ts'

export interface ShowerAppOptions {
  bathHouse: BathHouse
  frameOrigin: string | undefined
  onFault: (error: unknown) => void
}

/** The controller's own server: the page on its panel, and what the page may ask for. */
export function createShowerApp({ bathHouse, frameOrigin, onFault }: ShowerAppOptions): Hono {
  const app = new Hono()

  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'none'"],
        baseUri: ["'none'"],
        connectSrc: ["'self'"],
        formAction: ["'none'"],
        frameAncestors: ["'self'", ...(frameOrigin ? [frameOrigin] : [])],
        imgSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
      },
      strictTransportSecurity: false,
      xFrameOptions: false,
    }),
  )
  app.onError((error, c) => {
    onFault(error)
    return c.json({ error: 'INTERNAL' }, 500)
  })

  app.get('/healthz', (c) => c.json({ ok: true }))
  app.get('/readyz', async (c) => {
    await bathHouse.list()
    return c.json({ ok: true })
  })
  app.get('/showers', async (c) => c.json(await bathHouse.list()))
  app.get('/showers/:shower', async (c) => {
    const stall = await bathHouse.find(c.req.param('shower'))
    return stall ? c.json(stall.view()) : refuse(c, 404)
  })

  app.use('/showers/*', bodyLimit({ maxSize: 1_024, onError: (c) => refuse(c, 413) }))
  app.use('/showers/*', async (c, next) => {
    // Pages elsewhere cannot send this type without asking first, and nobody answers them.
    if (c.req.header('content-type') !== 'application/json') return refuse(c, 415)
    return next()
  })

  app.post('/showers/:shower/start', async (c) => {
    const body = startSchema.safeParse(await c.req.json().catch(() => undefined))
    if (!body.success) return refuse(c, 400)
    const stall = await bathHouse.find(c.req.param('shower'))
    if (!stall) return refuse(c, 404)
    return c.json(await stall.start(body.data.bathNo, body.data.waterPassword))
  })

  app.post('/showers/:shower/button', async (c) => {
    const body = buttonSchema.safeParse(await c.req.json().catch(() => undefined))
    if (!body.success) return refuse(c, 400)
    const stall = await bathHouse.find(c.req.param('shower'))
    if (!stall) return refuse(c, 404)
    if (body.data.button === 'stop') await stall.stop()
    else if (body.data.button === 'open') stall.open()
    else stall.shut()
    return c.json(stall.view())
  })

  app.put('/showers/:shower/switches', async (c) => {
    const body = switchesSchema.safeParse(await c.req.json().catch(() => undefined))
    if (!body.success) return refuse(c, 400)
    const stall = await bathHouse.find(c.req.param('shower'))
    if (!stall) return refuse(c, 404)
    const { power, network, lie } = body.data
    await stall.set({
      ...(power !== undefined && { power }),
      ...(network !== undefined && { network }),
      ...(lie !== undefined && { lie }),
    })
    return c.json(stall.view())
  })

  for (const [path, { content, type }] of readFiles()) {
    app.get(path, (c) =>
      c.body(content, 200, { 'content-type': type, 'cache-control': 'no-cache' }),
    )
  }
  return app
}

const startSchema = z.strictObject({
  bathNo: z.string().regex(/^\d{8}$/),
  waterPassword: z.string().regex(/^\d{6}$/),
})
const buttonSchema = z.strictObject({ button: z.enum(['open', 'shut', 'stop']) })
const switchesSchema = z
  .strictObject({
    power: z.boolean(),
    network: z.boolean(),
    lie: z.enum(['none', 'up', 'down']),
  })
  .partial()

function refuse(c: Context, status: 400 | 404 | 413 | 415) {
  return c.json({ error: REFUSALS[status] }, status)
}

const REFUSALS = {
  400: 'BAD_REQUEST',
  404: 'NOT_FOUND',
  413: 'BODY_TOO_LARGE',
  415: 'MEDIA_TYPE_UNSUPPORTED',
} as const

/** All that a browser may load from here, read once. */
function readFiles(): Map<string, { content: Uint8Array<ArrayBuffer>; type: string }> {
  const files = new Map<string, { content: Uint8Array<ArrayBuffer>; type: string }>()
  const add = (path: string, file: URL, type: string) =>
    files.set(path, { content: new Uint8Array(readFileSync(file)), type })
  const text = (kind: string) => `text/${kind}; charset=utf-8`
  add('/', new URL('../public/index.html', import.meta.url), text('html'))
  add('/shower.css', new URL('../public/shower.css', import.meta.url), text('css'))
  add('/icon.svg', new URL('../public/icon.svg', import.meta.url), 'image/svg+xml')
  const page = new URL('./page/', import.meta.url)
  for (const name of readdirSync(page)) {
    if (name.endsWith('.js')) add(`/page/${name}`, new URL(name, page), text('javascript'))
  }
  return files
}
