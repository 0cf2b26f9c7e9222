import { statesTold } from './answers.ts'
import { groupBy } from './group-by.ts'
import { findMakers, hasWaited, paymentPosting } from './order-facts.ts'
import type { Call, History, Order, PaymentRow } from './read-history.ts'

/** An order that counted against its day when it was taken. */
export interface Taken {
  order: Order
  row: PaymentRow
  amountFen: number
  /** Its place among the wallet's postings, and that of its reversal. */
  version: number | undefined
  undoneVersion: number | undefined
  /** The place at which it was counted; one that waited was counted before it was posted. */
  countedVersion: number | undefined
  /** In the diary: when it was first asked for, and first known to be taken. */
  askedAt: number
  knownAt: number
  /** In the diary: up to where it surely counted. */
  untilAt: number
}

/** What counted against each day of each person. */
export function listDays(history: History): Map<string, Taken[]> {
  const taken = [...history.orders.values()].flatMap((order) => {
    const { row } = order
    if (!row?.person_id || row.spent_on === null || row.amount_fen === null) return []
    return readTaken(history, order, row, row.amount_fen)
  })
  return groupBy(taken, ({ row }) => nameDay(row.person_id, row.spent_on))
}

export function nameDay(personId: string | null, day: string | null): string {
  return `${personId} ${day}`
}

/** What surely stood already when an order was taken; more may have. */
export function stoodBefore(day: Taken[], taken: Taken): Taken[] {
  return day.filter((other) => other !== taken && stood(other, taken))
}

export function sumFen(taken: Taken[]): number {
  return taken.reduce((sum, { amountFen }) => sum + amountFen, 0)
}

function stood(other: Taken, taken: Taken): boolean {
  const isEarlier = comesFirst(other.version, taken.countedVersion) || other.knownAt < taken.askedAt
  if (!isEarlier) return false
  return comesFirst(taken.countedVersion, other.undoneVersion) || other.untilAt > taken.knownAt
}

function comesFirst(version: number | undefined, other: number | undefined): boolean {
  return version !== undefined && other !== undefined && version < other
}

function readTaken(history: History, order: Order, row: PaymentRow, amountFen: number): Taken {
  const { calls, postings } = order
  const version = paymentPosting(order)?.wallet_version ?? undefined
  const known = calls.filter((call) => statesTold(call)?.every((state) => state !== 'NONE'))
  return {
    order,
    row,
    amountFen,
    version,
    undoneVersion: postings.find(({ kind }) => kind === 'reversal')?.wallet_version ?? undefined,
    countedVersion: hasWaited(row) ? undefined : version,
    askedAt: firstSent(findMakers(history, order)),
    knownAt: Math.min(Infinity, ...known.map(({ repliedAt }) => repliedAt)),
    untilAt: readUntil(history, order, row),
  }
}

function readUntil({ lines }: History, { calls }: Order, row: PaymentRow): number {
  const sent = (verb: string) => firstSent(calls.filter(({ send }) => send.verb === verb))
  if (row.status === 'REVERSED' || row.status === 'REVERSING') return sent('reverse')
  if (row.status !== 'REFUSED') return Infinity
  // What the outside system refuses is given back at a moment that only the core knows.
  if (!hasWaited(row)) return -Infinity
  if (row.refusal === 'PASSWORD_DECLINED') return sent('decline')
  if (row.refusal !== 'PASSWORD_TIMED_OUT') return sent('confirm')
  const overMs = Date.parse(row.confirm_by)
  const overAt = lines.findIndex(({ atMs }) => atMs >= overMs)
  return overAt < 0 ? lines.length : overAt
}

function firstSent(calls: Call[]): number {
  return Math.min(Infinity, ...calls.map(({ sentAt }) => sentAt))
}
