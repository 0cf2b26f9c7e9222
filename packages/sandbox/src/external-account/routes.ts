import { setTimeout as sleep } from 'node:timers/promises'
import {
  balanceRequestSchema,
  debitPortPaths,
  debitRefundRequestSchema,
  debitRequestSchema,
} from '@campus-ecode/protocol/debit-port'
import type { SigningKey } from '@campus-ecode/protocol/signing-key'
import { type Context, Hono } from 'hono'
import type { z } from 'zod'
import type { Fault, Faults } from '../faults.ts'
import { answerSigned, requireSignature, type SignedEnv } from '../signed-calls.ts'
import type { AccountBook } from './account-book.ts'

/** A call that waits for ever is let go after this long, so that tests end. */
const SILENT_MS = 120_000

/**
 * The debit port over HTTP, as a bank or a one-card vendor serves it, with faults.
 *
 * @param withBalances The one-card system also tells balances.
 */
export function createExternalAccountApp({
  service,
  book,
  faults,
  key,
  origin,
  withBalances,
}: {
  service: 'bank' | 'one-card'
  book: AccountBook
  faults: Faults
  key: SigningKey
  origin: () => string
  withBalances: boolean
}): Hono<SignedEnv> {
  const app = new Hono<SignedEnv>()
  app.get('/healthz', (c) => c.json({ ok: true }))
  app.use(requireSignature(key, origin))

  /** Does `act`, with whatever goes wrong at the moment. */
  async function serve(c: Context<SignedEnv>, act: (fault: Fault) => object): Promise<Response> {
    const fault = faults.take(service)
    if (fault.fault === 'silent') {
      await sleep(SILENT_MS, undefined, { ref: false })
      c.env.incoming.socket.destroy()
      return new Response(null)
    }
    let answer = act(fault)
    if (fault.fault === 'twice') answer = act(fault)
    if (fault.fault === 'debit_then_drop') {
      c.env.incoming.socket.destroy()
      return new Response(null)
    }
    if (fault.fault === 'slow') await sleep(fault.delayMs)
    return answerSigned(c, key, 'error' in answer ? statusOf(answer.error) : 200, answer)
  }

  function parse<S extends z.ZodType>(c: Context<SignedEnv>, schema: S): z.output<S> | undefined {
    return schema.safeParse(c.get('body')).data
  }
  const bad = { error: 'BAD_REQUEST' } as const

  app.post(debitPortPaths.debit, (c) =>
    serve(c, ({ fault, delayMs }) => {
      const request = parse(c, debitRequestSchema)
      if (!request) return bad
      if (fault === 'processing') {
        setTimeout(() => book.settle(request.reference), delayMs).unref()
        return book.debit(request, 'later')
      }
      return book.debit(request, fault === 'decline' ? 'decline' : 'now')
    }),
  )
  app.get(debitPortPaths.query, (c) => serve(c, () => book.query(c.req.param('reference'))))
  app.post(debitPortPaths.reverse, (c) => serve(c, () => book.reverse(c.req.param('reference'))))
  app.post(debitPortPaths.refund, (c) =>
    serve(c, () => {
      const request = parse(c, debitRefundRequestSchema)
      return request ? book.refund(c.req.param('reference'), request) : bad
    }),
  )
  app.get(debitPortPaths.queryRefund, (c) =>
    serve(c, () => book.queryRefund(c.req.param('reference'), c.req.param('refundReference'))),
  )
  if (withBalances) {
    app.post(debitPortPaths.balance, (c) =>
      serve(c, () => {
        const request = parse(c, balanceRequestSchema)
        if (!request) return bad
        const balanceFen = book.balanceFen(request.account)
        return balanceFen === undefined
          ? { error: 'ACCOUNT_UNKNOWN' }
          : { balanceFen, asOf: new Date().toISOString() }
      }),
    )
  }
  return app
}

function statusOf(error: unknown): number {
  if (error === 'NOT_FOUND' || error === 'ACCOUNT_UNKNOWN') return 404
  if (error === 'BAD_REQUEST') return 400
  return 409
}
