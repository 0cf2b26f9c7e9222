import { listDays, nameDay, stoodBefore, sumFen, type Taken } from '../days.ts'
import type { Problem } from '../finding.ts'
import type { History, PaymentRow } from '../read-history.ts'

const STANDS = new Set(['PAID', 'AWAITING_PASSWORD', 'PROCESSING', 'UNKNOWN', 'REVERSING'])

/**
 * R15: no payment is over its payer's single limit, and at no moment do a day's payments come to more
 * than the daily one. A day is Asia/Shanghai's; it counts what is paid or undecided, what waits for
 * the password from its scan on, and gives back what came to nothing. A refund gives nothing back,
 * but for one of what was never delivered.
 */
export function withinLimits(history: History): Problem[] {
  const { people, ledger, ways } = history
  const apart = new Set(ways.world.people)
  const undelivered = listUndelivered(history)
  const problems: Problem[] = []
  const days = listDays(history)
  for (const day of days.values()) {
    const person = people.get(day[0]?.row.person_id ?? '')
    if (!person) continue
    for (const { order, amountFen } of day) {
      if (amountFen <= person.singleLimitFen) continue
      const what = `${amountFen} fen were taken at once, the limit is ${person.singleLimitFen}`
      problems.push({ what, about: { orders: [order.key], people: [person.id] } })
    }
    problems.push(...checkDay(day, person.dailyLimitFen, person.id))
  }
  for (const { person_id, spent_on, spent_fen } of ledger.payers) {
    const day = days.get(nameDay(person_id, spent_on)) ?? []
    const standingFen = apart.has(person_id)
      ? sumRows(
          ways.payments.filter(({ order_no }) => !undelivered.has(order_no)),
          person_id,
          spent_on,
        )
      : sumFen(day.filter(({ row }) => STANDS.has(row.status)))
    if (standingFen === spent_fen) continue
    const what = `${spent_fen} fen count against ${spent_on}, where ${standingFen} were spent`
    problems.push({ what, about: { people: [person_id] } })
  }
  return problems
}

/** Top-ups that their utilities would not have (R39). */
function listUndelivered({ ledger }: History): Set<string> {
  const declined = new Set(
    ledger.movements
      .filter(({ outcome }) => outcome === 'declined')
      .map(({ movement_id }) => movement_id),
  )
  return new Set(
    ledger.utility_top_ups
      .filter(({ delivery_id }) => declined.has(delivery_id))
      .map(({ top_up_id }) => top_up_id),
  )
}

/** Of people who pay in other ways alone. */
function sumRows(rows: readonly PaymentRow[], personId: string, day: string): number {
  return rows
    .filter((row) => row.person_id === personId && row.spent_on === day && STANDS.has(row.status))
    .reduce((sum, { amount_fen }) => sum + (amount_fen ?? 0), 0)
}

function checkDay(day: Taken[], limitFen: number, person: string): Problem[] {
  if (sumFen(day) <= limitFen) return []
  const lasting = day.filter(({ row }) => row.status === 'PAID')
  const lastingFen = sumFen(lasting)
  if (lastingFen > limitFen) {
    const orders = lasting.map(({ order }) => order.key)
    const what = `${lastingFen} fen of one day were paid for good, the limit is ${limitFen}`
    return [{ what, about: { orders, people: [person] } }]
  }
  return day.flatMap((taken) => {
    const standing = [taken, ...stoodBefore(day, taken)]
    const fen = sumFen(standing)
    if (fen <= limitFen) return []
    const orders = standing.map(({ order }) => order.key)
    const what = `${fen} fen of one day stood at once, the limit is ${limitFen}`
    return [{ what, about: { orders, people: [person] } }]
  })
}
