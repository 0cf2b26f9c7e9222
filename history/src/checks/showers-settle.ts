import type { LedgerDump } from '../diary.ts'
import type { Problem } from '../finding.ts'
import { groupBy } from '../group-by.ts'
import { chargedFen } from '../prices.ts'
import type { History } from '../read-history.ts'
import { toldIn } from '../ways/read-ways.ts'
import { checkPosted, sumOf, takers } from '../ways/way-facts.ts'

type Session = LedgerDump['water_sessions'][number]

/**
 * R26: of a shower's hold exactly what was metered is charged and the rest released, once, whatever meters,
 * controllers and phones did: no hold is left, none stands beside another of the same person, and nobody
 * pays for more than a meter ever said or the pipe can have given.
 */
export function showersSettle(history: History): Problem[] {
  const { ledger } = history
  const known = new Set(ledger.water_sessions.map(({ session_id }) => `hold/${session_id}`))
  const strays = ledger.postings
    .flatMap(({ debit_account, credit_account }) => [debit_account, credit_account])
    .filter((account) => account.startsWith('hold/') && !known.has(account))
    .map((account) => ({ what: `${account} is of no shower`, about: { accounts: [account] } }))
  return [
    ...strays,
    ...ledger.water_sessions.flatMap((session) => checkSession(history, session)),
    ...checkBesides(history),
  ]
}

function checkSession(history: History, session: Session): Problem[] {
  const { ledger, ways } = history
  const { session_id, session_no, terminal_id, person_id, hold_fen, amount_fen, status } = session
  const subject = `${terminal_id}/${session_no}`
  const about = { subjects: [subject], people: [person_id] }
  const calls = ways.bySubject.get(subject) ?? []
  if (status !== 'ENDED') return [{ what: 'a shower never ended', about }]

  const what: string[] = []
  const account = `hold/${session_id}`
  const held = ledger.postings.filter(({ credit_account }) => credit_account === account)
  const left = ledger.postings.filter(({ debit_account }) => debit_account === account)
  if (held.length !== 1 || sumOf(held) !== hold_fen) {
    what.push(`${held.length} holds of ${sumOf(held)} fen stand for one of ${hold_fen}`)
  }
  if (sumOf(left) !== hold_fen) what.push(`of a hold of ${hold_fen} fen ${sumOf(left)} left it`)
  const released = sumOf(left.filter(({ kind }) => kind === 'release'))
  if (released !== hold_fen - (amount_fen ?? 0)) {
    what.push(`${amount_fen} fen were charged of ${hold_fen}, and ${released} released`)
  }
  const cost = costOf(history, session)
  if (amount_fen !== cost)
    what.push(`${session.total_ml} ml cost ${cost} fen, ${amount_fen} were charged`)
  const rows = ways.payments.filter((row) => row.payment_id === session_id)
  if (rows.length !== (amount_fen ? 1 : 0))
    what.push(`a shower of ${amount_fen} fen has ${rows.length} payments`)
  for (const row of rows) what.push(...checkPosted(history, row))

  if (!takers(calls, 'startWater').some(({ send }) => send.personId === person_id)) {
    what.push('nobody asked for this shower, or whoever did was turned away')
  }
  const said = calls.map(({ send }) => Number(send.asks?.totalMl ?? 0))
  const told = calls.map((call) => toldIn(call)?.litresMl ?? 0)
  if (session.total_ml > Math.max(0, ...said)) {
    what.push(`${session.total_ml} ml were charged, more than the meter ever said`)
  }
  if (session.total_ml > flowMax(session)) {
    what.push(`${session.total_ml} ml were charged, more than the pipe can have given`)
  }
  if (session.total_ml < Math.max(0, ...told)) {
    what.push(`${session.total_ml} ml were charged, less than the controller was told`)
  }
  return what.map((one) => ({ what: one, about }))
}

/** What a meter may be ahead of the pipe, and a second for clocks that are written to the millisecond. */
const AHEAD_ML = 2_000
const AHEAD_SECONDS = 1

function flowMax({ litres_per_minute_max, started_at, ended_at }: Session): number {
  const seconds = (Date.parse(ended_at ?? started_at) - Date.parse(started_at)) / 1_000
  return ((seconds + AHEAD_SECONDS) * litres_per_minute_max * 1_000) / 60 + AHEAD_ML
}

function costOf(history: History, session: Session): number {
  const { world, ways } = history
  const { terminal_id, fen_per_10_litres, total_ml, hold_fen } = session
  const merchantId = ways.world.terminals.find(({ id }) => id === terminal_id)?.merchantId
  const rules = world.merchants.find(({ id }) => id === merchantId)?.priceRules ?? []
  const listFen = Math.floor((total_ml * fen_per_10_litres) / 10_000)
  return listFen === 0 ? 0 : Math.min(hold_fen, chargedFen(listFen, session.class, rules))
}

/** By the wallet's own order: no hold is taken between another and its release. */
function checkBesides({ ledger }: History): Problem[] {
  const ofPeople = groupBy(
    ledger.postings.filter(({ kind }) => kind === 'hold' || kind === 'release'),
    ({ person_id }) => person_id,
  )
  return [...ofPeople].flatMap(([person, postings]) => {
    const inOrder = postings.sort((a, b) => (a.wallet_version ?? 0) - (b.wallet_version ?? 0))
    return inOrder.flatMap((posting, i) => {
      if (posting.kind !== 'release') return []
      const before = inOrder.slice(0, i)
      const holdAt = before.findIndex((one) => one.credit_account === posting.debit_account)
      if (holdAt < 0)
        return [{ what: 'what was never held was released', about: { people: [person] } }]
      const beside = before.slice(holdAt + 1).some(({ kind }) => kind === 'hold')
      const what = 'a second shower was held for while one was running'
      return beside ? [{ what, about: { people: [person] } }] : []
    })
  })
}
