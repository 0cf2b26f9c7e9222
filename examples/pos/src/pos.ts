import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Demo } from '@campus-ecode/protocol/demo'
import { describeError } from '@campus-ecode/protocol/errors'
import { isAmountFen, parseYuan } from '@campus-ecode/protocol/money'
import { type PayToken, payTokenSchema } from '@campus-ecode/protocol/payments'
import { orderNoSchema } from '@campus-ecode/protocol/shapes'
import type { Terminal } from '@campus-ecode/terminal'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { secureHeaders } from 'hono/secure-headers'
import { z } from 'zod'
import { createIncomingWatch } from './incoming.ts'
import type { OrderJournal } from './order-journal.ts'
import type { OrderView } from './order-view.ts'
import { createTill, type Till } from './till.ts'

export interface PosOptions {
  readDemo: () => Promise<Demo | undefined>
  /** Made once for each till; its key never leaves this server. */
  openTerminal: (core: { coreUrl: string; keyId: string; secret: string }) => Terminal
  journal: OrderJournal
  frameOrigin: string | undefined
  onFault: (error: unknown) => void
}

interface OpenTill {
  terminal: Terminal
  till: Till
  incoming: ReturnType<typeof createIncomingWatch>
  name?: string
}

/** A till as the page lists it. */
export interface TillView {
  id: string
  merchant: string
  /** Unknown until the core has been reached. */
  name: string | null
}

/** A card or face of the demo, so that there is something to swipe where there is no reader. */
export interface DemoToken {
  name: string
  token: PayToken
}

/** The POS's own server: the page, and what the page may ask for. */
export function createPos(options: PosOptions): Hono {
  const { readDemo, openTerminal, journal, frameOrigin, onFault } = options
  const tills = new Map<string, OpenTill>()
  const pos = new Hono()

  pos.use(
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
  pos.onError((error, c) => {
    onFault(error)
    return c.json({ error: 'INTERNAL' }, 500)
  })

  pos.get('/healthz', (c) => c.json({ ok: true }))
  pos.get('/readyz', async (c) => {
    const demo = await readDemo()
    const [first] = demo?.terminals ?? []
    const found = first && (await findTill(first.id))
    const answer = await found?.terminal.getTerminal(2_000)
    return answer?.kind === 'answered' ? c.json({ ok: true }) : c.json({ ok: false }, 503)
  })

  /** Which page may hand over pictures of codes, see page/pictures.ts. */
  pos.get('/settings', (c) => c.json({ frameOrigin: frameOrigin ?? null }))

  pos.get('/demo-tokens', async (c) => {
    const demo = await readDemo()
    const tokens = demo?.people.flatMap(({ name, tokens }) =>
      tokens.map((token): DemoToken => ({ name, token })),
    )
    return c.json(tokens ?? [])
  })

  pos.get('/tills', async (c) => {
    const demo = await readDemo()
    if (!demo) return c.json([])
    const tills = demo.terminals.filter(({ kind }) => kind === 'till')
    const views = tills.map(async ({ id, merchantId }): Promise<TillView> => {
      const merchant = demo.merchants.find((candidate) => candidate.id === merchantId)?.name ?? ''
      return { id, merchant, name: await nameOf(id) }
    })
    return c.json(await Promise.all(views))
  })

  pos.get('/tills/:till/orders', async (c) => {
    const found = await findTill(c.req.param('till'))
    return found ? c.json(await found.till.list()) : refuse(c, 404)
  })

  pos.get('/tills/:till/incoming', async (c) => {
    const found = await findTill(c.req.param('till'))
    return found ? c.json(await found.incoming.list()) : refuse(c, 404)
  })

  pos.get('/tills/:till/orders/:order', async (c) => {
    const found = await findTill(c.req.param('till'))
    return answer(c, await found?.till.look(c.req.param('order')))
  })

  pos.use('/tills/*', bodyLimit({ maxSize: 2_048, onError: (c) => refuse(c, 413) }))
  pos.use('/tills/*', async (c, next) => {
    // Pages elsewhere cannot send this type without asking first, and nobody answers them.
    if (c.req.header('content-type') !== 'application/json') return refuse(c, 415)
    return next()
  })

  pos.post('/tills/:till/orders', async (c) => {
    const body = payBodySchema.safeParse(await c.req.json().catch(() => undefined))
    if (!body.success) return refuse(c, 400)
    const amountFen = parseYuan(body.data.amount)
    if (!isAmountFen(amountFen)) return refuseAmount(c)
    const found = await findTill(c.req.param('till'))
    const { code, token } = body.data
    const presented = token ? { token } : { code: code ?? '' }
    return answer(c, await found?.till.pay(amountFen, presented))
  })

  pos.post('/tills/:till/orders/:order/reverse', async (c) => {
    const found = await findTill(c.req.param('till'))
    return answer(c, await found?.till.reverse(c.req.param('order')))
  })

  pos.post('/tills/:till/orders/:order/refunds', async (c) => {
    const body = refundBodySchema.safeParse(await c.req.json().catch(() => undefined))
    if (!body.success) return refuse(c, 400)
    const amountFen = parseYuan(body.data.amount)
    if (!isAmountFen(amountFen)) return refuseAmount(c)
    const found = await findTill(c.req.param('till'))
    return answer(c, await found?.till.refund(c.req.param('order'), body.data.refundNo, amountFen))
  })

  for (const [path, { content, type }] of readFiles()) {
    pos.get(path, (c) =>
      c.body(content, 200, { 'content-type': type, 'cache-control': 'no-cache' }),
    )
  }

  async function findTill(id: string) {
    const demo = await readDemo()
    const entry = demo?.terminals.find((candidate) => candidate.id === id)
    const known = tills.get(id)
    if (known || !demo || !entry) return known
    const { keyId, secret } = entry
    const terminal = openTerminal({ coreUrl: demo.coreUrl, keyId, secret })
    const till = createTill({ terminalId: id, terminal, journal, onFault })
    tills.set(id, { terminal, till, incoming: createIncomingWatch(terminal) })
    return tills.get(id)
  }

  async function nameOf(id: string): Promise<string | null> {
    const found = await findTill(id)
    if (!found) return null
    if (found.name === undefined) {
      const self = await found.terminal.getTerminal(2_000)
      if (self.kind === 'answered') found.name = self.body.name
    }
    return found.name ?? null
  }

  return pos
}

const payBodySchema = z
  .strictObject({
    amount: z.string().max(16),
    code: z.string().min(1).max(512).optional(),
    token: payTokenSchema.optional(),
  })
  .refine(({ code, token }) => (code === undefined) !== (token === undefined))
const refundBodySchema = z.strictObject({ amount: z.string().max(16), refundNo: orderNoSchema })

function answer(c: Context, view: OrderView | undefined) {
  return view ? c.json(view) : refuse(c, 404)
}

function refuse(c: Context, status: 400 | 404 | 413 | 415) {
  return c.json({ error: REFUSALS[status] }, status)
}

const REFUSALS = {
  400: 'BAD_REQUEST',
  404: 'NOT_FOUND',
  413: 'BODY_TOO_LARGE',
  415: 'MEDIA_TYPE_UNSUPPORTED',
} as const

function refuseAmount(c: Context) {
  const { sentences } = describeError('AMOUNT_INVALID')
  return c.json({ error: 'AMOUNT_INVALID', message: sentences }, 422)
}

/** All that a browser may load from here, read once. */
function readFiles(): Map<string, { content: Uint8Array<ArrayBuffer>; type: string }> {
  const files = new Map<string, { content: Uint8Array<ArrayBuffer>; type: string }>()
  const add = (path: string, file: URL | string, type: string) =>
    files.set(path, { content: new Uint8Array(readFileSync(file)), type })
  const text = (kind: string) => `text/${kind}; charset=utf-8`

  add('/', new URL('../public/index.html', import.meta.url), text('html'))
  add('/pos.css', new URL('../public/pos.css', import.meta.url), text('css'))
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
