import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import type { KeyOperations } from './derive-keys.ts'
import { type KeyCall, keyCalls } from './key-api.ts'
import { AlgorithmUnavailable } from './signer.ts'
import { Busy } from './turnstile.ts'

/**
 * The key process's HTTP service. Who may reach its socket may ask anything, so the socket is for
 * the core alone. Refusals say nothing of what was asked.
 */
export function createKeyService(operations: KeyOperations): Server {
  const app = new Hono()
  app.get('/healthz', (c) => c.json({}))
  for (const name of Object.keys(keyCalls) as KeyCall[]) {
    const { args, result } = keyCalls[name]
    app.post(`/${name}`, async (c) => {
      const given = args.safeDecode(await c.req.json().catch(() => undefined))
      if (!given.success) return c.json({}, 400)
      const call = operations[name] as (...given: unknown[]) => unknown
      try {
        return c.json({ result: result.encode((await call(...given.data)) as never) })
      } catch (error) {
        if (error instanceof AlgorithmUnavailable) console.error(error.message)
        const isAway = error instanceof Busy || error instanceof AlgorithmUnavailable
        return c.json({}, isAway ? 503 : 422)
      }
    })
  }
  return createServer(getRequestListener(app.fetch))
}
