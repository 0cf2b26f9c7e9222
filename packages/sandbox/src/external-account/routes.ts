import {
  balanceRequestSchema,
  debitPortPaths,
  debitRefundRequestSchema,
  debitRequestSchema,
} from '@campus-ecode/protocol/debit-port'
import { formatJournalFile, journalFilePath } from '@campus-ecode/protocol/journal-file'
import type { SigningKey } from '@campus-ecode/protocol/signing-key'
import { Hono } from 'hono'
import { createAnswerCall, type HandledCall } from '../answer-call.ts'
import type { CheckBook } from '../bank-gateway/check-book.ts'
import { mountBankGateway } from '../bank-gateway/routes.ts'
import type { Fault, Faults } from '../faults.ts'
import type { Journal } from '../journal.ts'
import { parseBody } from '../parse-body.ts'
import { requireSignature, type SignedEnv, signAnswer, signText } from '../signed-calls.ts'
import type { AccountBook, Decision } from './account-book.ts'
import type { JournalEntry } from './book-state.ts'
import { isOver, linesOfDay } from './journal-file.ts'
import type { PeopleBook } from './people-book.ts'
import { mountPeople } from './people-routes.ts'

/**
 * The debit port over HTTP, as a bank or a one-card vendor serves it, with faults.
 *
 * @param checks The bank also checks cards and pays out.
 * @param withBalances The one-card system also tells balances.
 * @param stopping After this nothing is decided any more; the next start does.
 */
export function createExternalAccountApp({
  service,
  book,
  journal,
  calls,
  faults,
  key,
  origin,
  withBalances,
  people,
  checks,
  stopping,
}: {
  service: 'bank' | 'one-card'
  book: AccountBook
  journal: Pick<Journal<JournalEntry>, 'entries'>
  calls: HandledCall[]
  faults: Faults
  key: SigningKey
  origin: () => string
  withBalances: boolean
  /** The one-card system also knows people. */
  people?: PeopleBook
  checks?: CheckBook
  stopping: AbortSignal
}): Hono<SignedEnv> {
  const app = new Hono<SignedEnv>()
  app.get('/healthz', (c) => c.json({ ok: true }))
  app.use(...requireSignature(key, origin))
  const answer = createAnswerCall({ service, faults, key, calls })
  const bad = { error: 'BAD_REQUEST' } as const

  /** How the fault has it decided; `settle` is what comes later. */
  function decisionOf({ fault, delayMs }: Fault, settle: () => void): Decision {
    if (fault !== 'processing') return fault === 'decline' ? 'decline' : 'now'
    setTimeout(() => stopping.aborted || settle(), delayMs).unref()
    return 'later'
  }

  app.post(debitPortPaths.debit, (c) => {
    const request = parseBody(c, debitRequestSchema)
    const reference = request?.reference ?? ''
    return answer(c, { operation: 'debit', reference, isOrder: true }, (fault) =>
      request
        ? book.debit(
            request,
            decisionOf(fault, () => book.settle(reference)),
          )
        : bad,
    )
  })
  app.get(debitPortPaths.query, (c) => {
    const reference = c.req.param('reference')
    return answer(c, { operation: 'query', reference, isOrder: false }, () => book.query(reference))
  })
  app.post(debitPortPaths.reverse, (c) => {
    const reference = c.req.param('reference')
    return answer(c, { operation: 'reverse', reference, isOrder: false }, () =>
      book.reverse(reference),
    )
  })
  app.post(debitPortPaths.refund, (c) => {
    const debit = c.req.param('reference')
    const request = parseBody(c, debitRefundRequestSchema)
    const reference = request?.refundReference ?? ''
    return answer(c, { operation: 'refund', reference, isOrder: true }, (fault) => {
      if (!request) return bad
      const decision = decisionOf(fault, () => book.settleRefund(debit, reference))
      return book.refund(debit, request, decision)
    })
  })
  app.get(debitPortPaths.queryRefund, (c) => {
    const reference = c.req.param('refundReference')
    return answer(c, { operation: 'queryRefund', reference, isOrder: false }, () =>
      book.queryRefund(c.req.param('reference'), reference),
    )
  })
  app.get(journalFilePath, (c) => {
    const day = c.req.param('day')
    const answer = isOver(day, new Date())
      ? signText(c, key, 200, {
          type: 'text/csv; charset=utf-8',
          text: formatJournalFile(linesOfDay(journal.entries, day)),
        })
      : signAnswer(c, key, 404, { error: 'NOT_FOUND' })
    return new Response(answer.body, answer)
  })
  if (checks) mountBankGateway(app, { answer, payouts: book.payouts, checks, decisionOf })
  if (people) mountPeople(app, answer, people)
  if (withBalances) {
    app.post(debitPortPaths.balance, (c) =>
      answer(c, { operation: 'balance', isOrder: false }, () => {
        const request = parseBody(c, balanceRequestSchema)
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
