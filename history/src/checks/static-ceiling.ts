import type { Problem } from '../finding.ts'
import { groupBy } from '../group-by.ts'
import type { History } from '../read-history.ts'
import { stands } from '../ways/read-ways.ts'
import { checkPosted, isApproved, subjectOf, sumOf, takers } from '../ways/way-facts.ts'

/**
 * R15, R24: codes that anyone can copy take no more of a person in a day than their ceiling, and nothing without
 * the payment password; what was begun and came to nothing counts no more.
 */
export function staticCeiling(history: History): Problem[] {
  const { ways, ledger } = history
  const rows = ways.payments.filter(({ means }) => means === 'collection')
  const problems: Problem[] = rows.flatMap((row) => {
    const what = checkPosted(history, row)
    if (row.paid_at !== null && !isApproved(history, row))
      what.push('it was paid without the password')
    const isAsked = takers(ways.calls, 'payCollection').some(
      ({ send }) =>
        send.personId === row.person_id &&
        send.asks?.listFen === row.list_fen &&
        send.asks?.terminalId === row.terminal_id,
    )
    if (stands(row) && !isAsked) what.push('nobody asked for it, or whoever did was turned away')
    const about = { orders: [subjectOf(row)], people: row.person_id ? [row.person_id] : [] }
    return what.map((one) => ({ what: one, about }))
  })
  const standing = rows.filter(stands)
  const days = groupBy(standing, ({ person_id, spent_on }) => `${person_id} ${spent_on}`)
  for (const [name, day] of days) {
    const [person = ''] = name.split(' ')
    if (sumOf(day) <= ways.world.staticDailyFen) continue
    const what = `${sumOf(day)} fen went to codes in a day, the ceiling is ${ways.world.staticDailyFen}`
    problems.push({ what, about: { people: [person], orders: day.map(subjectOf) } })
  }
  for (const { person_id, static_on, static_fen } of ledger.static_days) {
    const fen = sumOf(days.get(`${person_id} ${static_on}`) ?? [])
    if (fen === static_fen) continue
    const what = `${static_fen} fen count against codes' ceiling, where ${fen} were spent`
    problems.push({ what, about: { people: [person_id] } })
  }
  return problems
}
