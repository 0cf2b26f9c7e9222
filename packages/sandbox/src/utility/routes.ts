import type { SigningKey } from '@campus-ecode/protocol/signing-key'
import {
  portFindAccountSchema,
  portTopUpSchema,
  utilityPortPaths,
} from '@campus-ecode/protocol/utility-port'
import { Hono } from 'hono'
import { createAnswerCall, type HandledCall } from '../answer-call.ts'
import type { Fault, Faults } from '../faults.ts'
import { parseBody } from '../parse-body.ts'
import { requireSignature, type SignedEnv } from '../signed-calls.ts'
import type { TopUpBook } from './top-up-book.ts'

/**
 * The utility port over HTTP, as a logistics office serves it, with faults.
 *
 * @param stopping After this nothing is decided any more; the next start does.
 */
export function createUtilityApp({
  book,
  calls,
  faults,
  key,
  origin,
  stopping,
}: {
  book: TopUpBook
  calls: HandledCall[]
  faults: Faults
  key: SigningKey
  origin: () => string
  stopping: AbortSignal
}): Hono<SignedEnv> {
  const app = new Hono<SignedEnv>()
  app.get('/healthz', (c) => c.json({ ok: true }))
  app.use(...requireSignature(key, origin))
  const answer = createAnswerCall({ service: 'utility', faults, key, calls })
  const bad = { error: 'BAD_REQUEST' } as const

  function decisionOf({ fault, delayMs }: Fault, reference: string) {
    if (fault === 'wrong_room') return fault
    if (fault !== 'processing') return fault === 'decline' ? 'decline' : 'now'
    setTimeout(() => stopping.aborted || book.settle(reference), delayMs).unref()
    return 'later'
  }

  app.post(utilityPortPaths.findAccount, (c) =>
    answer(c, { operation: 'findAccount', isOrder: false }, () => {
      const request = parseBody(c, portFindAccountSchema)
      return request ? book.find(request) : bad
    }),
  )
  app.post(utilityPortPaths.topUp, (c) => {
    const request = parseBody(c, portTopUpSchema)
    const reference = request?.reference ?? ''
    return answer(c, { operation: 'topUp', reference, isOrder: true }, (fault) =>
      request ? book.topUp(request, decisionOf(fault, reference)) : bad,
    )
  })
  app.get(utilityPortPaths.query, (c) => {
    const reference = c.req.param('reference')
    return answer(c, { operation: 'query', reference, isOrder: false }, () => book.query(reference))
  })
  app.post(utilityPortPaths.cancel, (c) => {
    const reference = c.req.param('reference')
    return answer(c, { operation: 'cancel', reference, isOrder: false }, () =>
      book.cancel(reference),
    )
  })
  return app
}
