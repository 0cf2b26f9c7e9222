import type { Problem } from '../finding.ts'
import { groupBy } from '../group-by.ts'
import type { History } from '../read-history.ts'
import { toldIn, type WayCall } from '../ways/read-ways.ts'

/** How each is said to have ended, after which nothing else is said. */
const ENDS = new Set(['ENDED', 'CLOSED', 'CONFIRMED', 'REFUNDED', 'REFUSED', 'REVERSED', 'PAID'])

/**
 * What was said to have ended stays as it was said, by whichever process and to whomever, and the last answer of
 * each is what the books say.
 */
export function wayAnswers(history: History): Problem[] {
  const problems: Problem[] = []
  for (const [subject, calls] of history.ways.bySubject) {
    const views = groupBy(calls, viewOf)
    // Also one of which nobody heard.
    const isUndone = calls.some(({ send }) => send.verb === 'reversePayment')
    for (const view of views.values()) {
      for (const what of new Set(checkView(view, isUndone)))
        problems.push({ what, about: { subjects: [subject] } })
    }
  }
  return [...problems, ...checkLast(history)]
}

/** Who sees what of a subject: an order has payments and refunds that are told apart. */
function viewOf(call: WayCall): string {
  const { verb, asks } = call.send
  if (/^(start|meter|end|get)(My)?Water$/.test(verb)) return 'session'
  if (verb.startsWith('refund')) return `refund ${asks?.refundNo}`
  if (/Order$/.test(verb) && verb !== 'payOrder') return 'order'
  if (/Utility/.test(verb)) return 'top-up'
  return `payment ${toldIn(call)?.paymentId}`
}

function checkView(calls: WayCall[], isUndone: boolean): string[] {
  return calls.flatMap((first) => {
    const said = toldIn(first)
    if (!said || !ENDS.has(said.status)) return []
    return calls.flatMap((later) => {
      const told = later.sentAt > first.repliedAt ? toldIn(later) : undefined
      if (!told) return []
      if (said.status === 'PAID' && isUndone && /^REVERS/.test(told.status)) return []
      const isSame = told.status === said.status && told.amountFen === said.amountFen
      return isSame
        ? []
        : [
            `it was ${said.status} with ${said.amountFen} fen, and then ${told.status} with ${told.amountFen}`,
          ]
    })
  })
}

function checkLast({ ledger, ways }: History): Problem[] {
  const problems: Problem[] = []
  const compare = (
    subject: string,
    verb: WayCall['send']['verb'],
    status: string,
    fen?: number | null,
  ) => {
    const last = ways.bySubject.get(subject)?.findLast(({ send }) => send.verb === verb)
    const told = last && toldIn(last)
    const about = { subjects: [subject] }
    if (!told) problems.push({ what: `it was not told in the end, and is ${status}`, about })
    else if (told.status !== status || (fen !== undefined && told.amountFen !== fen)) {
      const what = `it is told to be ${told.status} with ${told.amountFen} fen, the books say ${status} with ${fen}`
      problems.push({ what, about })
    }
  }
  for (const { terminal_id, session_no, status, amount_fen } of ledger.water_sessions) {
    compare(`${terminal_id}/${session_no}`, 'getWater', status, amount_fen)
  }
  for (const { terminal_id, order_no, payment_id, closed_at } of ledger.online_orders) {
    const status = payment_id !== null ? 'PAID' : closed_at !== null ? 'CLOSED' : 'OPEN'
    compare(`${terminal_id}/${order_no}`, 'getMerchantOrder', status)
  }
  for (const row of ways.payments) {
    if (row.means !== 'wechat') continue
    compare(`${row.terminal_id}/${row.order_no}`, 'getPayment', row.status)
  }
  for (const { top_up_id, delivery_id } of ledger.utility_top_ups) {
    const row = ways.payments.find(({ order_no }) => order_no === top_up_id)
    const outcome = ledger.movements.find(({ movement_id }) => movement_id === delivery_id)?.outcome
    if (!row || row.status === 'REFUSED') continue
    compare(top_up_id, 'getUtilityTopUp', outcome === 'succeeded' ? 'CONFIRMED' : 'REFUNDED')
  }
  return problems
}
