import { setTimeout as sleep } from 'node:timers/promises'
import {
  type FaceCheckResult,
  faceCheckRequestSchema,
  realNamePortPaths,
} from '@campus-ecode/protocol/real-name-port'
import type { SigningKey } from '@campus-ecode/protocol/signing-key'
import { Hono } from 'hono'
import { createAnswerCall, cutConnection, type HandledCall } from '../answer-call.ts'
import type { Faults } from '../faults.ts'
import type { Journal } from '../journal.ts'
import { parseBody } from '../parse-body.ts'
import { limitBody, requireSignature, type SignedEnv } from '../signed-calls.ts'
import { createFaceBook, type FaceEntry } from './face-book.ts'
import { type Locale, renderCheck, renderUnknown } from './pages.ts'
import { tellCore } from './tell-core.ts'

const results: Record<string, FaceCheckResult> = {
  pass: 'PASSED',
  fail: 'FAILED',
  leave: 'EXPIRED',
}

/**
 * The real-name provider: takes checks from the core, shows the person a page that plays the camera, and
 * tells the core what came of it.
 */
export function createRealNameApp({
  journal,
  calls,
  faults,
  key,
  secret,
  coreUrl,
  origin,
  stopping,
}: {
  journal: Journal<FaceEntry>
  calls: HandledCall[]
  faults: Faults
  key: SigningKey
  /** Of what is derived for pages. */
  secret: string
  coreUrl: string
  origin: () => string
  stopping: AbortSignal
}): Hono<SignedEnv> {
  const telling = new Map<string, Promise<unknown>>()
  const book = createFaceBook({
    journal,
    secret,
    pageUrlOf: (token) => `${origin()}/real-name/checks/${token}`,
    onDecided(reference, result) {
      const told = tell(reference, result).finally(() => telling.delete(reference))
      telling.set(reference, told)
    },
  })
  stopping.addEventListener('abort', () => book.close())
  for (const { reference, result } of book.listUntold()) void tell(reference, result)

  async function tell(reference: string, result: FaceCheckResult): Promise<void> {
    const { fault, delayMs } = faults.takeCallback('real-name')
    if (fault === 'callback_lost') return
    if (fault === 'callback_late') {
      await sleep(delayMs, undefined, { signal: stopping, ref: false }).catch(() => {})
    }
    const times = fault === 'callback_twice' ? [1, 2] : [1]
    const taken = await Promise.all(
      times.map(() => tellCore({ reference, result }, { coreUrl, key, stopping })),
    )
    if (taken.includes(true) && !stopping.aborted) book.markTold(reference)
  }

  const app = new Hono<SignedEnv>()
  // It shares its port with the pages, so this is as near as it gets to refusing connections.
  app.use((c, next) =>
    faults.get('real-name').fault === 'down' ? Promise.resolve(cutConnection(c)) : next(),
  )
  for (const check of requireSignature(key, origin)) app.use('/v1/*', check)
  const answer = createAnswerCall({ service: 'real-name', faults, key, calls })

  app.post(realNamePortPaths.start, (c) => {
    const request = parseBody(c, faceCheckRequestSchema)
    const reference = request?.reference ?? ''
    return answer(c, { operation: 'start', reference, isOrder: true }, () =>
      request ? book.start(request) : { error: 'BAD_REQUEST' },
    )
  })
  app.get(realNamePortPaths.query, (c) => {
    const reference = c.req.param('reference')
    return answer(c, { operation: 'query', reference, isOrder: false }, () => book.query(reference))
  })

  app.use('/checks/*', async (c, next) => {
    await next()
    c.header('content-security-policy', POLICY)
    c.header('referrer-policy', 'no-referrer')
    c.header('cache-control', 'no-store')
  })
  app.get('/checks/:token', (c) => {
    const check = book.findByToken(c.req.param('token'))
    const wanted = c.req.query('lang')
    const locale: Locale =
      wanted === 'en' || wanted === 'zh-CN' ? wanted : (check?.locale ?? 'zh-CN')
    return check ? c.html(renderCheck(check, locale)) : c.html(renderUnknown(locale), 404)
  })
  app.post('/checks/:token', limitBody, async (c) => {
    const check = book.findByToken(c.req.param('token'))
    const { act } = await c.req.parseBody()
    const result = results[String(act)]
    if (!check || !result) return c.html(renderUnknown(check?.locale ?? 'zh-CN'), 404)
    const isFirst = faults.get('real-name').fault === 'callback_first'
    const decided = book.decide(check.reference, result)
    if (decided && isFirst) await telling.get(check.reference)
    // Whoever comes back to a check that is over sees how it ended.
    return c.redirect(decided ? check.returnTo : c.req.path, 303)
  })
  return app
}

// As a real one would: its page is nobody's frame.
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
