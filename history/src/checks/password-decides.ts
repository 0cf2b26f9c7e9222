import { entryIn, firmRefusal } from '../answers.ts'
import { listDays, stoodBefore, sumFen } from '../days.ts'
import type { Problem } from '../finding.ts'
import { groupBy } from '../group-by.ts'
import {
  type ConfirmCall,
  findConfirmers,
  findMakers,
  hasContent,
  hasWaited,
  indexMovements,
  paymentPosting,
} from '../order-facts.ts'
import type { History, MovementRow, Order, PaymentRow, PhoneCall } from '../read-history.ts'

/** The database's clock and ours are the same machine's, read at different moments. */
const CLOCK_SLACK_MS = 50

/**
 * R23: what asks for the payment password waits for it, and pays nothing before it was right, without
 * it, or when its time is over. One approval, which was given by the right digits and for this order,
 * is spent by it, and by no other. R16: right digits are right, and wrong ones approve nothing.
 */
export function passwordDecides(history: History): Problem[] {
  const facts = readFacts(history)
  const problems = [...history.orders.values()].flatMap((order) => {
    const { row } = order
    if (!row || !hasContent(row)) return []
    const what = hasWaited(row)
      ? [...checkDecision(facts, order, row), ...checkEntries(order, row)]
      : checkUnasked(history, order, row)
    return what.map((one) => ({ what: one, about: { orders: [order.key] } }))
  })
  return [...problems, ...checkDays(history), ...checkKeypads(facts)]
}

interface Facts {
  history: History
  movements: Map<string, MovementRow>
  entries: Map<string, PhoneCall<'enter'>[]>
  cardCalls: Map<string, PhoneCall<'lock' | 'unlock'>[]>
}

function readFacts(history: History): Facts {
  return {
    history,
    movements: indexMovements(history),
    entries: groupBy(history.entries, ({ send }) => send.approvalId),
    cardCalls: groupBy(history.cardCalls, ({ send }) => send.personId),
  }
}

function checkUnasked(history: History, order: Order, row: PaymentRow): string[] {
  if (row.spent_on === null) return []
  const { world, codes } = history
  const problems: string[] = []
  if ((row.amount_fen ?? 0) > world.passwordAboveFen) {
    problems.push(`${row.amount_fen} fen were taken without asking for the password`)
  }
  const makers = findMakers(history, order)
  if (makers.length > 0 && makers.every(({ send }) => codes.get(send.code)?.isRevealed)) {
    problems.push('a code whose digits were shown was taken without asking for the password')
  }
  if (order.approvals.length > 0) problems.push('an order that never waited has an approval')
  return problems
}

/** More may have stood; then asking was right as well. */
function checkDays(history: History): Problem[] {
  const { passwordDailyFen } = history.world
  return [...listDays(history).values()].flatMap((day) => {
    if (sumFen(day) <= passwordDailyFen) return []
    return day.flatMap((taken) => {
      if (hasWaited(taken.row)) return []
      const standing = [taken, ...stoodBefore(day, taken)]
      const fen = sumFen(standing)
      if (fen <= passwordDailyFen) return []
      const what = `a day came to ${fen} fen without asking for the password`
      return [{ what, about: { orders: standing.map(({ order }) => order.key) } }]
    })
  })
}

/** When an order left its wait by a confirmation, as PostgreSQL has it. */
function confirmedAt({ movements }: Facts, { row }: Order): string | undefined {
  return movements.get(row?.payment_id ?? '')?.created_at ?? row?.paid_at ?? undefined
}

function checkDecision(
  facts: Facts,
  order: Order,
  row: PaymentRow & { confirm_by: string },
): string[] {
  const problems: string[] = []
  const spent = order.approvals.filter(({ status }) => status === 'spent')
  const at = confirmedAt(facts, order)
  const waitedMs = Date.parse(row.confirm_by) - Date.parse(row.created_at)
  if (waitedMs !== facts.history.world.passwordWaitMs) {
    problems.push(`an order waits for ${waitedMs} ms`)
  }
  if (spent.length > 1) problems.push(`an order spent ${spent.length} approvals`)
  if (at === undefined) {
    if (paymentPosting(order)) problems.push('an order is posted that nobody confirmed')
    if (spent.length > 0 && !isRefusedAtConfirmation(row)) {
      problems.push(`an approval was spent for an order that is ${row.refusal ?? row.status}`)
    }
  } else {
    if (spent.length === 0) problems.push('an order that waited was paid without an approval of it')
    if (at > row.confirm_by) problems.push(`an order was paid at ${at}, after ${row.confirm_by}`)
    const posting = paymentPosting(order)
    if (posting && posting.posted_at < at) problems.push('an order was posted before it was paid')
  }
  if (row.refusal === 'PASSWORD_DECLINED') {
    const isAsked = order.calls.some((call) => call.send.verb === 'decline' && !firmRefusal(call))
    if (!isAsked) problems.push('nobody declined an order that was declined')
  }
  if (row.refusal === 'PASSWORD_TIMED_OUT' && (row.settled_at ?? '') < row.confirm_by) {
    problems.push('an order timed out before its time')
  }
  const isConfirmed = at !== undefined || isRefusedAtConfirmation(row)
  if (isConfirmed) problems.push(...checkConfirmers(facts, order, row, at))
  return problems
}

/** What had changed since the scan forbade it; the order left its wait by that. */
function isRefusedAtConfirmation({ status, refusal }: PaymentRow): boolean {
  if (status !== 'REFUSED') return false
  return refusal !== 'PASSWORD_DECLINED' && refusal !== 'PASSWORD_TIMED_OUT'
}

/** Somebody who held a right approval asked for it, in time, and when nothing was against it. */
function checkConfirmers(
  facts: Facts,
  order: Order,
  row: PaymentRow & { confirm_by: string },
  at: string | undefined,
): string[] {
  const { history, entries } = facts
  const spent = new Set(
    order.approvals.flatMap((one) => (one.status === 'spent' ? one.approval_id : [])),
  )
  const confirmers = findConfirmers(history, order).filter(
    ({ send }) => send.paymentId === row.payment_id && spent.has(send.approvalId),
  )
  if (confirmers.length === 0)
    return ['nobody confirmed this order, or whoever did was turned away']
  const problems: string[] = []
  const overMs = Date.parse(row.confirm_by)
  if (confirmers.every(({ send }) => send.atMs > overMs + CLOCK_SLACK_MS)) {
    problems.push('an order was confirmed after its time')
  }
  if (at !== undefined) {
    const atMs = Date.parse(at)
    if (confirmers.every(({ send }) => send.atMs > atMs + CLOCK_SLACK_MS)) {
      problems.push('an order was paid before anybody confirmed it')
    }
    if (confirmers.every((call) => isCardLocked(facts, row.person_id ?? '', call))) {
      problems.push('an order was paid while the card was locked')
    }
  }
  const over = order.calls.find(
    (call) =>
      firmRefusal(call) === 'PAYMENT_NOT_WAITING' &&
      confirmers.every(({ sentAt }) => sentAt > call.repliedAt),
  )
  if (over) problems.push(`call ${over.send.call} was told that it waits no more, then it went on`)
  for (const approvalId of spent) {
    const right = (entries.get(approvalId) ?? []).filter(isRightEntry)
    const last = Math.max(...confirmers.map(endOf))
    if (!right.some(({ sentAt }) => sentAt < last)) {
      problems.push('an order was confirmed without the right password')
    }
    const shown = history.approvals.get(approvalId)
    if (shown && shown.shownFen !== null && shown.shownFen !== row.amount_fen) {
      problems.push(`${shown.shownFen} fen were shown and approved, ${row.amount_fen} taken`)
    }
    if (shown && shown.personId !== row.person_id) {
      problems.push('an order was confirmed by the password of somebody else')
    }
  }
  return problems
}

/** One that may have approved: told that nothing waits any more, it may have done so by a first delivery. */
function isRightEntry(call: PhoneCall<'enter'>): boolean {
  const error = firmRefusal(call)
  return call.send.isRight && (error === undefined || error === 'APPROVAL_INVALID')
}

/** Up to where it may have had its effect: whoever gave up waiting does not know when. */
function endOf({ reply, repliedAt }: Pick<PhoneCall | ConfirmCall, 'reply' | 'repliedAt'>): number {
  return reply?.outcome === 'info' ? Infinity : repliedAt
}

/** Surely: it was locked before the call was sent, and nobody asked to unlock it until the reply. */
function isCardLocked({ cardCalls }: Facts, personId: string, call: ConfirmCall): boolean {
  const own = cardCalls.get(personId) ?? []
  const unlocks = own.filter((one) => one.send.verb === 'unlock' && !firmRefusal(one))
  return own.some(
    (lock) =>
      lock.send.verb === 'lock' &&
      lock.reply?.outcome === 'ok' &&
      lock.repliedAt < call.sentAt &&
      !unlocks.some((unlock) => endOf(unlock) > lock.sentAt && unlock.sentAt < endOf(call)),
  )
}

/** What phones were told of an order is what it is. */
function checkEntries(order: Order, row: PaymentRow): string[] {
  return order.calls.flatMap((call) => {
    const entry = entryIn(call)
    if (!entry) return []
    const books = {
      paymentId: row.payment_id,
      orderNo: row.order_no,
      listFen: row.list_fen,
      amountFen: row.amount_fen,
    }
    return (Object.keys(books) as (keyof typeof books)[])
      .filter((name) => books[name] !== entry[name])
      .map((name) => `a phone was told ${name} is ${entry[name]}, the books say ${books[name]}`)
  })
}

function checkKeypads({ history, entries }: Facts): Problem[] {
  const problems: Problem[] = []
  for (const { send, reply } of history.entries) {
    const about = { people: [send.personId] }
    if (!send.isRight && reply?.outcome === 'ok') {
      problems.push({ what: 'a wrong password was taken', about })
    }
    if (send.isRight && reply?.outcome === 'refused' && reply.error === 'PASSWORD_WRONG') {
      problems.push({ what: 'the right password was called wrong', about })
    }
  }
  const orders = new Map([...history.orders.values()].map((one) => [one.row?.payment_id, one.key]))
  const apart = new Set(history.ways.payments.map((row) => row.payment_id))
  for (const { approval_id, person_id, payment_id, status } of history.ledger.approvals) {
    const order = orders.get(payment_id)
    const about = { people: [person_id], ...(order && { orders: [order] }) }
    if (!order && !apart.has(payment_id)) {
      problems.push({ what: 'an approval is of no order', about })
    }
    if (status !== 'approved' && status !== 'spent') continue
    const typed = entries.get(approval_id) ?? []
    if (!typed.some(isRightEntry)) {
      problems.push({ what: `an approval is ${status} that no right password gave`, about })
    }
  }
  return problems
}
