import type { Problem } from '../finding.ts'
import { groupBy } from '../group-by.ts'
import type { History, MovementRow } from '../read-history.ts'

/**
 * A top-up or withdrawal (R12) moves its amount once, at the bank and in the books, or nothing at
 * all: as the bank decided in the end, and never undecided for good.
 */
export function transfersOnce(history: History): Problem[] {
  return [...checkOutside(history), ...checkBooks(history)]
}

function isTransfer({ kind }: MovementRow): boolean {
  return kind === 'top_up' || kind === 'withdrawal'
}

function checkOutside({ ledger, outside }: History): Problem[] {
  const moves = groupBy(outside, ({ port, reference }) => `${port} ${reference}`)
  return ledger.movements.filter(isTransfer).flatMap((row) => {
    const { kind, port, reference, state, outcome, amount_fen } = row
    const about = { transfers: [row.movement_id], people: [row.person_id] }
    if (state !== 'done') return [{ what: `a ${kind} is still undecided`, about }]
    const own = moves.get(`${port} ${reference}`) ?? []
    const movedFen = own.reduce((sum, { amountFen }) => sum + amountFen, 0)
    const dueFen = outcome !== 'succeeded' ? 0 : kind === 'top_up' ? amount_fen : -amount_fen
    if (movedFen === dueFen) return []
    const what = `${movedFen} fen moved outside for a ${kind} that ${outcome}: ${dueFen} were due`
    return [{ what, about }]
  })
}

/** Per person, for a posting of a transfer does not name it. */
function checkBooks({ ledger }: History): Problem[] {
  const wanted = ledger.movements
    .filter((row) => isTransfer(row) && row.state === 'done')
    .flatMap((row) => postingsDue(row).map((kind) => `${row.person_id} ${kind} ${row.amount_fen}`))
  const kinds = new Set(['top_up', 'withdrawal', 'withdrawal_posted', 'withdrawal_voided'])
  const posted = ledger.postings
    .filter(({ kind }) => kinds.has(kind))
    .map(({ person_id, kind, amount_fen }) => `${person_id} ${kind} ${amount_fen}`)
  const counts = new Map<string, number>()
  for (const name of wanted) counts.set(name, (counts.get(name) ?? 0) - 1)
  for (const name of posted) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts]
    .filter(([, count]) => count !== 0)
    .map(([name, count]) => {
      const [person = '', kind, fen] = name.split(' ')
      const [much, how] = [Math.abs(count), count > 0 ? 'too many' : 'too few']
      const what = `a person has ${much} postings of a ${kind} of ${fen} fen ${how}`
      return { what, about: { people: [person] } }
    })
}

function postingsDue({ kind, outcome }: MovementRow): string[] {
  const succeeded = outcome === 'succeeded'
  if (kind === 'top_up') return succeeded ? ['top_up'] : []
  return ['withdrawal', succeeded ? 'withdrawal_posted' : 'withdrawal_voided']
}
