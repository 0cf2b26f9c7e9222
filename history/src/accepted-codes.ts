import { statesTold } from './answers.ts'
import type { CodeLine } from './diary.ts'
import {
  codeOf,
  confirmCalls,
  findMakers,
  firstSeenPaid,
  hasWaited,
  type PayCall,
  paymentPosting,
} from './order-facts.ts'
import type { Call, History, Order, PaymentRow } from './read-history.ts'

/** A code that the core took as genuine: it spent it on this order. */
export interface AcceptedCode {
  order: Order
  row: PaymentRow
  code: CodeLine
  /** The calls that may have brought it. */
  makers: PayCall[]
  /** Places in the diary: first brought; first known to be taken; first known to be paid. */
  broughtAt: number
  knownAt: number
  paidAt: number
  /** Of the calls by one of which it was paid, if it was: the first. */
  payingCall: Call | undefined
  /** Its place among the postings of the payer's wallet; one that waited was taken before. */
  version: number | undefined
}

export function listAcceptedCodes(history: History): AcceptedCode[] {
  return [...history.orders.values()].flatMap((order) => {
    const number = codeOf(history, order)
    const code = number === undefined ? undefined : history.codes.get(number)
    const { row } = order
    if (!code || !row) return []
    const makers = findMakers(history, order)
    const paying = hasWaited(row) ? confirmCalls(order) : makers
    const known = order.calls.filter((call) => statesTold(call)?.every((state) => state !== 'NONE'))
    return {
      order,
      row,
      code,
      makers,
      broughtAt: Math.min(...makers.map(({ sentAt }) => sentAt)),
      knownAt: Math.min(Infinity, ...known.map(({ repliedAt }) => repliedAt)),
      paidAt: firstSeenPaid(order)?.repliedAt ?? Infinity,
      payingCall: [...paying].sort((a, b) => a.sentAt - b.sentAt)[0],
      version: hasWaited(row) ? undefined : (paymentPosting(order)?.wallet_version ?? undefined),
    }
  })
}
