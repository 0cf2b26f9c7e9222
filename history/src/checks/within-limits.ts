import { statesTold } from '../answers.ts'
import type { Problem } from '../finding.ts'
import { groupBy } from '../group-by.ts'
import { findMakers, paymentPosting } from '../order-facts.ts'
import type { History, Order, PaymentRow } from '../read-history.ts'

const STANDS = new Set(['PAID', 'AWAITING_PASSWORD', 'PROCESSING', 'UNKNOWN', 'REVERSING'])

/** An order that counted against its day when it was taken. */
interface Taken {
  order: Order
  row: PaymentRow
  amountFen: number
  /** Its place among the wallet's postings, and that of its reversal. */
  version: number | undefined
  undoneVersion: number | undefined
  /** In the diary: when it was first asked for, first known to be taken, first asked to be undone. */
  askedAt: number
  knownAt: number
  undoAt: number
}

/**
 * R15: no payment is over the single limit, and at no moment do a day's payments come to more than
 * the daily one. A day is Asia/Shanghai's; it counts what is paid or undecided and gives back what
 * came to nothing. A refund gives nothing back.
 */
export function withinLimits(history: History): Problem[] {
  const { world, ledger } = history
  const problems: Problem[] = []
  const allTaken: Taken[] = []
  for (const order of history.orders.values()) {
    const { row } = order
    if (!row?.person_id || row.spent_on === null || row.amount_fen === null) continue
    if (row.amount_fen > world.singleLimitFen) {
      const what = `${row.amount_fen} fen were taken at once, the limit is ${world.singleLimitFen}`
      problems.push({ what, about: { orders: [order.key], people: [row.person_id] } })
    }
    allTaken.push(readTaken(history, order, row, row.amount_fen))
  }
  const days = groupBy(allTaken, ({ row }) => `${row.person_id} ${row.spent_on}`)
  for (const day of days.values()) problems.push(...checkDay(day, world.dailyLimitFen))
  for (const { person_id, spent_on, spent_fen } of ledger.payers) {
    const day = days.get(`${person_id} ${spent_on}`) ?? []
    const standing = day.filter(({ row }) => STANDS.has(row.status))
    const standingFen = standing.reduce((sum, { amountFen }) => sum + amountFen, 0)
    if (standingFen === spent_fen) continue
    const what = `${spent_fen} fen count against ${spent_on}, where ${standingFen} were spent`
    problems.push({ what, about: { people: [person_id] } })
  }
  return problems
}

function readTaken(history: History, order: Order, row: PaymentRow, amountFen: number): Taken {
  const { calls, postings } = order
  const undone = postings.find(({ kind }) => kind === 'reversal')
  const places = (found: number[]) => Math.min(Number.POSITIVE_INFINITY, ...found)
  return {
    order,
    row,
    amountFen,
    version: paymentPosting(order)?.wallet_version ?? undefined,
    undoneVersion: undone?.wallet_version ?? undefined,
    askedAt: places(findMakers(history, order).map(({ sentAt }) => sentAt)),
    knownAt: places(
      calls
        .filter((call) => statesTold(call)?.every((state) => state !== 'NONE'))
        .map(({ repliedAt }) => repliedAt),
    ),
    undoAt: places(calls.filter(({ send }) => send.verb === 'reverse').map(({ sentAt }) => sentAt)),
  }
}

/** For each order, what surely stood when it was taken; more may have. */
function checkDay(day: Taken[], limitFen: number): Problem[] {
  const totalFen = day.reduce((sum, { amountFen }) => sum + amountFen, 0)
  if (totalFen <= limitFen) return []
  const problems: Problem[] = []
  const person = day[0]?.row.person_id ?? ''
  const lasting = day.filter(({ row }) => row.status === 'PAID')
  const lastingFen = lasting.reduce((sum, { amountFen }) => sum + amountFen, 0)
  if (lastingFen > limitFen) {
    const orders = lasting.map(({ order }) => order.key)
    const what = `${lastingFen} fen of one day were paid for good, the limit is ${limitFen}`
    return [{ what, about: { orders, people: [person] } }]
  }
  for (const taken of day) {
    if (taken.row.status === 'REFUSED') continue
    const before = day.filter((other) => other !== taken && stoodBefore(other, taken))
    const fen = before.reduce((sum, { amountFen }) => sum + amountFen, taken.amountFen)
    if (fen <= limitFen) continue
    const orders = [taken, ...before].map(({ order }) => order.key)
    const what = `${fen} fen of one day stood at once, the limit is ${limitFen}`
    problems.push({ what, about: { orders, people: [person] } })
  }
  return problems
}

function stoodBefore(other: Taken, taken: Taken): boolean {
  const isEarlier =
    other.version !== undefined && taken.version !== undefined
      ? other.version < taken.version
      : other.knownAt < taken.askedAt
  if (!isEarlier) return false
  if (other.row.status === 'PAID') return true
  // What the outside system refuses is given back at a moment that only the core knows.
  if (other.row.status === 'REFUSED') return false
  return other.undoneVersion !== undefined && taken.version !== undefined
    ? other.undoneVersion > taken.version
    : other.undoAt > taken.knownAt
}
