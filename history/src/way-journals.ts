import { z } from 'zod'
import type { UtilityEntry, WayJournals, WechatTrade } from './ways/read-ways.ts'

const utilitySchema = z.array(
  z.object({
    kind: z.enum(['accepted', 'confirmed', 'refused']),
    reference: z.string(),
    request: z.object({ amountFen: z.int() }).optional(),
  }),
)

const tradeSchema = z.object({
  outTradeNo: z.string(),
  amountFen: z.int(),
  state: z.enum(['SUCCESS', 'USERPAYING', 'REFUND', 'REVOKED', 'PAYERROR']),
  paidAt: z.number().nullable(),
})
const refundSchema = z.object({
  outTradeNo: z.string(),
  outRefundNo: z.string(),
  amountFen: z.int(),
  state: z.enum(['PROCESSING', 'SUCCESS', 'CLOSED']),
})
const wechatSchema = z.array(
  z.union([z.object({ trade: tradeSchema }), z.object({ refund: refundSchema })]),
)

/** What the utility and WeChat say of themselves, as the sandbox shows it, oldest first. */
export function readWayJournals(utility: unknown, wechat: unknown): WayJournals {
  return { utility: readUtility(utility), wechat: readWechat(wechat) }
}

function readUtility(journal: unknown): UtilityEntry[] {
  return utilitySchema.parse(journal).map(({ kind, reference, request }) => {
    return { kind, reference, amountFen: request?.amountFen ?? null }
  })
}

/** The newest line of a number holds. What was revoked after it was paid has gone back. */
function readWechat(journal: unknown): WechatTrade[] {
  const trades = new Map<string, z.infer<typeof tradeSchema>>()
  const refunds = new Map<string, z.infer<typeof refundSchema>>()
  for (const entry of wechatSchema.parse(journal)) {
    if ('trade' in entry) trades.set(entry.trade.outTradeNo, entry.trade)
    else refunds.set(entry.refund.outRefundNo, entry.refund)
  }
  return [...trades.values()].map(({ outTradeNo: reference, amountFen, state, paidAt }) => {
    const takenFen = paidAt === null ? 0 : amountFen
    const refundedFen = [...refunds.values()]
      .filter((refund) => refund.outTradeNo === reference && refund.state === 'SUCCESS')
      .reduce((sum, refund) => sum + refund.amountFen, 0)
    const isRevoked = state === 'REVOKED' || state === 'PAYERROR'
    return { reference, takenFen, backFen: isRevoked ? takenFen : refundedFen }
  })
}
