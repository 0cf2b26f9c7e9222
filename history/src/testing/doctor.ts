import type { ReplyLine, SendLine, Verb } from '../diary.ts'
import type { Problem } from '../finding.ts'
import {
  type History,
  type PaymentRow,
  type RecordedHistory,
  readHistory,
} from '../read-history.ts'
import { playEverything } from './play-everything.ts'

/** What a check says of the full history after this was done to it. */
export function problemsAfter(
  check: (history: History) => Problem[],
  doctor: (recorded: RecordedHistory) => void,
): string[] {
  const recorded = structuredClone(playEverything().finish())
  doctor(recorded)
  return problemsIn(check, recorded)
}

export function problemsIn(
  check: (history: History) => Problem[],
  recorded: RecordedHistory,
): string[] {
  return check(readHistory(recorded)).map(({ what }) => what)
}

export function rowOf({ ledger }: RecordedHistory, order: string): PaymentRow {
  return found(ledger.payments.find((row) => `${row.terminal_id}/${row.order_no}` === order))
}

export function postingsOf(recorded: RecordedHistory, order: string) {
  const { payment_id } = rowOf(recorded, order)
  return recorded.ledger.postings.filter((posting) => posting.payment_id === payment_id)
}

/** The first such call of an order, or the last. */
export function callOf(
  { lines }: RecordedHistory,
  order: string,
  verb: Verb,
  which: 'first' | 'last' = 'first',
): { send: SendLine; reply: ReplyLine } {
  const sends = lines.filter(
    (line): line is SendLine =>
      line.line === 'send' && `${line.terminalId}/${line.orderNo}` === order && line.verb === verb,
  )
  const send = found(sends.at(which === 'first' ? 0 : -1))
  const reply = lines.find(
    (line): line is ReplyLine => line.line === 'reply' && line.call === send.call,
  )
  return { send, reply: found(reply) }
}

/** The order as this reply shows it, to be changed. */
export function paymentTold(...call: Parameters<typeof callOf>) {
  const { reply } = callOf(...call)
  if (reply.outcome !== 'ok' || !('payment' in reply)) throw new Error('it shows no payment')
  return reply.payment
}

/** Puts another reply in this one's place. */
export function tell(
  recorded: RecordedHistory,
  { reply }: { reply: ReplyLine },
  said:
    | { outcome: 'refused'; error: Extract<ReplyLine, { outcome: 'refused' }>['error'] }
    | { outcome: 'info'; why: string },
): void {
  const { atMs, call } = reply
  recorded.lines[recorded.lines.indexOf(reply)] = { line: 'reply', atMs, call, ...said }
}

export function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the test names something that is not there')
  return value
}
