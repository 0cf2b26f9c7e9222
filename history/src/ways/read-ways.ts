import { isOfOneDelivery } from '../answers.ts'
import type { DiaryLine, LedgerDump } from '../diary.ts'
import type { PaymentRow, PostingRow, RefundRow } from '../read-history.ts'
import type { WayReplyLine, WaySendLine, WaysWorld } from './diary-lines.ts'

/** A call and what came of it; places are positions in the diary. */
export interface WayCall {
  send: WaySendLine
  sentAt: number
  reply: WayReplyLine | undefined
  repliedAt: number
}

/** A line of the utility's own journal. */
export interface UtilityEntry {
  kind: 'accepted' | 'confirmed' | 'refused'
  reference: string
  amountFen: number | null
}

/** What WeChat has of an order in the end: taken, and given back. */
export interface WechatTrade {
  reference: string
  takenFen: number
  backFen: number
}

/** What the other outside systems say of themselves. */
export interface WayJournals {
  utility: UtilityEntry[]
  wechat: WechatTrade[]
}

/** All that is known of the other ways to pay. */
export interface Ways {
  world: WaysWorld
  calls: WayCall[]
  bySubject: Map<string, WayCall[]>
  /** Of terminals that are not the tills whose orders are judged by themselves. */
  payments: PaymentRow[]
  refundsOf: Map<string, RefundRow[]>
  postingsOf: Map<string, PostingRow[]>
  journals: WayJournals
}

/** Throws when the diary itself is wrong: a reply without a call. */
export function readWays(
  world: WaysWorld,
  lines: readonly DiaryLine[],
  ledger: LedgerDump,
  journals: WayJournals,
): Ways {
  const calls = new Map<number, WayCall>()
  const bySubject = new Map<string, WayCall[]>()
  for (const [at, line] of lines.entries()) {
    if (line.line === 'way-send') {
      const call = { send: line, sentAt: at, reply: undefined, repliedAt: Infinity }
      calls.set(line.call, call)
      push(bySubject, line.subject, call)
    } else if (line.line === 'way-reply') {
      const call = calls.get(line.call)
      if (!call || call.reply)
        throw new Error(`way call ${line.call} was not sent, or replied twice`)
      call.reply = line
      call.repliedAt = at
    }
  }
  const terminals = new Set(world.terminals.map(({ id }) => id))
  const payments = ledger.payments.filter(({ terminal_id }) => terminals.has(terminal_id))
  const refundsOf = new Map<string, RefundRow[]>()
  for (const row of ledger.refunds) push(refundsOf, row.payment_id, row)
  const postingsOf = new Map<string, PostingRow[]>()
  for (const row of ledger.postings) if (row.payment_id) push(postingsOf, row.payment_id, row)
  const all = [...calls.values()]
  return { world, calls: all, bySubject, payments, refundsOf, postingsOf, journals }
}

/** What a reply tells of its subject. */
export function toldIn({ reply }: WayCall) {
  return reply?.outcome === 'ok' ? reply.told : undefined
}

/** The refusal of a call, unless the call may have been taken all the same. */
export function firmRefusalIn({ reply }: WayCall) {
  return reply?.outcome === 'refused' && !isOfOneDelivery(reply.error) ? reply.error : undefined
}

/** A payment that stands: it was taken, or may still be. */
export function stands({ status }: Pick<PaymentRow, 'status'>): boolean {
  return ['PAID', 'AWAITING_PASSWORD', 'PROCESSING', 'UNKNOWN', 'REVERSING'].includes(status)
}

export function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}
