import {
  bankGatewayPaths,
  cardCheckRequestSchema,
  confirmCardCheckSchema,
  payoutRequestSchema,
} from '@campus-ecode/protocol/bank-gateway'
import type { Hono } from 'hono'
import type { AnswerCall } from '../answer-call.ts'
import type { Decision } from '../external-account/account-book.ts'
import type { PayoutBook } from '../external-account/payout-book.ts'
import type { Fault } from '../faults.ts'
import { parseBody } from '../parse-body.ts'
import type { SignedEnv } from '../signed-calls.ts'
import type { CheckBook } from './check-book.ts'

/** What the bank does beside debits: it knows whose a card is, and pays out. */
export function mountBankGateway(
  app: Hono<SignedEnv>,
  {
    answer,
    payouts,
    checks,
    decisionOf,
  }: {
    answer: AnswerCall
    payouts: PayoutBook
    checks: CheckBook
    decisionOf: (fault: Fault, settle: () => void) => Decision
  },
): void {
  const bad = { error: 'BAD_REQUEST' } as const

  app.post(bankGatewayPaths.checkCard, (c) => {
    const request = parseBody(c, cardCheckRequestSchema)
    const reference = request?.reference ?? ''
    return answer(c, { operation: 'checkCard', reference, isOrder: false }, () =>
      request ? checks.check(request) : bad,
    )
  })
  app.post(bankGatewayPaths.confirmCard, (c) => {
    const reference = c.req.param('reference')
    const request = parseBody(c, confirmCardCheckSchema)
    return answer(c, { operation: 'confirmCard', reference, isOrder: false }, () =>
      request ? checks.confirm(reference, request.smsCode) : bad,
    )
  })
  app.post(bankGatewayPaths.payOut, (c) => {
    const request = parseBody(c, payoutRequestSchema)
    const reference = request?.reference ?? ''
    return answer(c, { operation: 'payOut', reference, isOrder: true }, (fault) => {
      if (!request) return bad
      return payouts.payOut(
        request,
        decisionOf(fault, () => payouts.settle(reference)),
      )
    })
  })
  app.get(bankGatewayPaths.queryPayout, (c) => {
    const reference = c.req.param('reference')
    return answer(c, { operation: 'queryPayout', reference, isOrder: false }, () =>
      payouts.query(reference),
    )
  })
  app.post(bankGatewayPaths.cancelPayout, (c) => {
    const reference = c.req.param('reference')
    return answer(c, { operation: 'cancelPayout', reference, isOrder: false }, () =>
      payouts.cancel(reference),
    )
  })
}
