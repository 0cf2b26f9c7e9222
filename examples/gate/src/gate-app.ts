import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { secureHeaders } from 'hono/secure-headers'
import { z } from 'zod'
import type { GateRack, OpenGate } from './gate-rack.ts'
import { readCode, type StateView, viewState } from './gate-view.ts'

export interface GateAppOptions {
  rack: GateRack
  frameOrigin: string | undefined
  onFault: (error: unknown) => void
}

/** The gate's own server: the page, and what the page may ask for. */
export function createGateApp({ rack, frameOrigin, onFault }: GateAppOptions): Hono {
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
        // The barcode reader is WebAssembly.
        scriptSrc: ["'self'", "'wasm-unsafe-eval'"],
        styleSrc: ["'self'"],
      },
      permissionsPolicy: { camera: ['self'] },
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
    const [first] = await rack.list()
    // A school without gates is no fault of this server.
    const found = first && (await rack.find(first.id))
    const gate = await found?.current()
    await gate?.begun
    return !gate || gate.state.online ? c.json({ ok: true }) : c.json({ ok: false }, 503)
  })

  /** Which page may hand over pictures of codes, see page/pictures.ts. */
  app.get('/settings', (c) => c.json({ frameOrigin: frameOrigin ?? null }))
  app.get('/gates', async (c) => c.json(await rack.list()))

  app.get('/gates/:gate', async (c) => {
    const found = await rack.find(c.req.param('gate'))
    return found ? c.json(await look(found)) : refuse(c, 404)
  })

  app.use('/gates/*', bodyLimit({ maxSize: 4_096, onError: (c) => refuse(c, 413) }))
  app.use('/gates/*', async (c, next) => {
    // Pages elsewhere cannot send this type without asking first, and nobody answers them.
    if (c.req.header('content-type') !== 'application/json') return refuse(c, 415)
    return next()
  })

  app.post('/gates/:gate/codes', async (c) => {
    const body = codeSchema.safeParse(await c.req.json().catch(() => undefined))
    if (!body.success) return refuse(c, 400)
    const found = await rack.find(c.req.param('gate'))
    return found ? c.json(await readCode(await found.current(), body.data.text)) : refuse(c, 404)
  })

  app.put('/gates/:gate/network', async (c) => {
    const body = networkSchema.safeParse(await c.req.json().catch(() => undefined))
    if (!body.success) return refuse(c, 400)
    const found = await rack.find(c.req.param('gate'))
    if (!found) return refuse(c, 404)
    await found.cut(!body.data.isConnected)
    return c.json(await look(found))
  })

  for (const [path, { content, type }] of readFiles()) {
    app.get(path, (c) =>
      c.body(content, 200, { 'content-type': type, 'cache-control': 'no-cache' }),
    )
  }
  return app
}

async function look(found: OpenGate): Promise<StateView> {
  const { state } = await found.current()
  return viewState(state, found.isCut, Date.now() + state.clockAheadMs)
}

const codeSchema = z.strictObject({ text: z.string().max(1_024) })
const networkSchema = z.strictObject({ isConnected: z.boolean() })

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
  const add = (path: string, file: URL | string, type: string) =>
    files.set(path, { content: new Uint8Array(readFileSync(file)), type })
  const text = (kind: string) => `text/${kind}; charset=utf-8`

  add('/', new URL('../public/index.html', import.meta.url), text('html'))
  add('/gate.css', new URL('../public/gate.css', import.meta.url), text('css'))
  add('/icon.svg', new URL('../public/icon.svg', import.meta.url), 'image/svg+xml')
  const page = new URL('./page/', import.meta.url)
  for (const name of readdirSync(page)) {
    if (name.endsWith('.js')) add(`/page/${name}`, new URL(name, page), text('javascript'))
  }
  // Its modules import each other by relative paths, which are kept.
  const wasm = createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm')
  add('/zxing/reader.wasm', wasm, 'application/wasm')
  for (const name of ['share.js', 'reader/index.js']) {
    add(
      `/zxing/${name}`,
      wasm.replace(/reader.zxing_reader\.wasm$/, `es/${name}`),
      text('javascript'),
    )
  }
  return files
}
