import { firmRefusal, isStoredRefusal, paymentIn, statesTold } from './answers.ts'
import type { DisturbanceLine, WitnessLine } from './diary.ts'
import { groupBy } from './group-by.ts'
import { contentOf, hasContent, payCalls } from './order-facts.ts'
import {
  type Call,
  type History,
  type Order,
  type RecordedHistory,
  readHistory,
  type TransferStory,
} from './read-history.ts'
import { firmTransferRefusal, transferIn } from './transfer-facts.ts'
import { waitingHappenings } from './waiting-happenings.ts'
import { wayHappenings } from './ways/way-happenings.ts'

export interface Coverage {
  /** How often each of these happened. */
  counts: Record<string, number>
  /** What did not: a run without it shows nothing, whatever its checks say. */
  missing: string[]
}

// Each counts something without which some promise was not put to the test.
const happenings: Record<string, (history: History) => number> = {
  'core killed between COMMIT and reply': (h) => countWitnesses(h, 'killed-after-commit'),
  'connection cut between COMMIT and reply': (h) => countWitnesses(h, 'cut-after-commit'),
  'bank debited and the answer lost': (h) => countWitnesses(h, 'bank-debited-answer-lost'),
  'bank paid out and the answer lost': (h) => countWitnesses(h, 'bank-paid-out-answer-lost'),
  'PostgreSQL stopped at once': (h) => countDisturbances(h, 'stop-postgres'),
  'clock of a core moved': (h) => countDisturbances(h, 'shift-clock'),
  'payment taken though its reply was lost': (h) => countOrders(h, wasTakenUnheard),
  'replay answered': (h) => countOrders(h, wasReplayed),
  'identical repeat turned away': (h) =>
    countCalls(h, ({ send, reply }) => {
      const error = reply?.outcome === 'refused' ? reply.error : undefined
      return send.repeats !== undefined && error === 'SIGNATURE_REPLAYED'
    }),
  'changed content refused': (h) => countRefusals(h, 'ORDER_NO_REUSED'),
  'changed refund refused': (h) => countRefusals(h, 'REFUND_NO_REUSED'),
  'reversal that won': (h) => countOrders(h, wasReversedFirst),
  'reversal that lost': (h) => countOrders(h, wasPaidFirst),
  'losing racer for a code': countLosers,
  'code refused as too old': (h) => countRefusals(h, 'CODE_EXPIRED'),
  'code refused as too early': (h) => countRefusals(h, 'CODE_NOT_YET_VALID'),
  'daily limit reached': (h) => countRefusals(h, 'OVER_DAILY_LIMIT'),
  'single limit reached': (h) => countRefusals(h, 'OVER_SINGLE_LIMIT'),
  'wallet too short': (h) => countRefusals(h, 'INSUFFICIENT_FUNDS'),
  'order unknown for a while': (h) =>
    countOrders(h, ({ calls }) => calls.some((call) => statesTold(call)?.[0] === 'UNKNOWN')),
  'paid by wallet': (h) => countOrders(h, ({ row }) => isPaidBy(row, 'wallet')),
  'paid by bank card': (h) => countOrders(h, ({ row }) => isPaidBy(row, 'bank_card')),
  'paid from the one-card account': (h) => countOrders(h, ({ row }) => isPaidBy(row, 'one_card')),
  'refund into a wallet': (h) => countRefunds(h, 'wallet'),
  'refund to an outside system': (h) => countRefunds(h, 'bank_card') + countRefunds(h, 'one_card'),
  'top-up done': (h) => countTransfers(h, ({ row }) => isEnd(row, 'top_up', 'succeeded')),
  'withdrawal done': (h) => countTransfers(h, ({ row }) => isEnd(row, 'withdrawal', 'succeeded')),
  'withdrawal given back': (h) =>
    countTransfers(h, ({ row }) => isEnd(row, 'withdrawal', 'declined')),
  'transfer unknown for a while': (h) =>
    countTransfers(h, ({ calls }) => calls.some((call) => transferIn(call)?.status === 'UNKNOWN')),
  'transfer done though its reply was lost': (h) => countTransfers(h, wasDoneUnheard),
  'withdrawal of more than there is': (h) =>
    countTransfers(h, ({ calls }) =>
      calls.some((call) => firmTransferRefusal(call) === 'INSUFFICIENT_FUNDS'),
    ),
  'changed transfer refused': (h) =>
    countTransfers(h, ({ calls }) =>
      calls.some((call) => firmTransferRefusal(call) === 'TRANSFER_ID_REUSED'),
    ),
  'paid by card': (h) =>
    countOrders(h, ({ row }) => row?.means === 'card' && row.status === 'PAID'),
  'card refused without an agreement': (h) => countRefusals(h, 'AGREEMENT_MISSING'),
  'agreement cancelled': ({ ledger }) =>
    ledger.agreements.filter(({ change }) => change === 'cancelled').length,
  ...waitingHappenings,
  ...wayHappenings,
  'snapshot read in mid-run': ({ snapshots }) => snapshots.length,
}

/** Tells whether a run was worth its name: it is void unless all of these happened. */
export function judgeCoverage(recorded: RecordedHistory): Coverage {
  const history = readHistory(recorded)
  const counts = Object.fromEntries(
    Object.entries(happenings).map(([name, count]) => [name, count(history)]),
  )
  return { counts, missing: Object.keys(counts).filter((name) => counts[name] === 0) }
}

function countWitnesses({ lines }: History, saw: WitnessLine['saw']): number {
  return lines.filter((line) => line.line === 'witness' && line.saw === saw).length
}

function countDisturbances({ lines }: History, what: DisturbanceLine['what']): number {
  return lines.filter((line) => line.line === 'disturbance' && line.what === what).length
}

function countOrders({ orders }: History, is: (order: Order) => boolean): number {
  return [...orders.values()].filter(is).length
}

function countCalls({ calls }: History, is: (call: Call) => boolean): number {
  return [...calls.values()].filter(is).length
}

function countRefusals(history: History, error: ReturnType<typeof firmRefusal>): number {
  return countCalls(history, (call) => firmRefusal(call) === error)
}

function countTransfers({ transfers }: History, is: (story: TransferStory) => boolean): number {
  return [...transfers.values()].filter(is).length
}

function isEnd(row: TransferStory['row'], kind: string, outcome: string): boolean {
  return row?.kind === kind && row.outcome === outcome
}

/** Asked for without an answer, and done all the same. */
function wasDoneUnheard({ row, calls }: TransferStory): boolean {
  const [first] = calls
  return row?.outcome === 'succeeded' && first?.reply?.outcome === 'info'
}

function isPaidBy(row: Order['row'], channel: string): boolean {
  return row?.status === 'PAID' && row.channel === channel
}

function countRefunds(history: History, channel: string): number {
  return countOrders(
    history,
    ({ row, refunds }) =>
      row?.channel === channel && refunds.some(({ status }) => status === 'REFUNDED'),
  )
}

/** Asked for without an answer, found in the books. */
function wasTakenUnheard(order: Order): boolean {
  const { row } = order
  const [first] = payCalls(order)
  if (!row || !hasContent(row) || first?.reply?.outcome !== 'info') return false
  const next = order.calls.find((call) => call.sentAt > first.repliedAt)
  return next !== undefined && Date.parse(row.created_at) < next.send.atMs
}

/** Asked for again with the same content, and told how it had ended. */
function wasReplayed(order: Order): boolean {
  const calls = payCalls(order)
  return calls.some((call) => {
    const error = firmRefusal(call)
    const isAnswer = paymentIn(call) || (error && isStoredRefusal(error))
    const before = calls.find((one) => one.repliedAt < call.sentAt)
    return isAnswer && before && contentOf(before) === contentOf(call)
  })
}

function wasReversedFirst(order: Order): boolean {
  const { row, calls } = order
  if (!row || hasContent(row)) return false
  return calls.some((call) => call.send.verb === 'pay' && firmRefusal(call) === 'ORDER_REVERSED')
}

function wasPaidFirst({ row, postings }: Order): boolean {
  return row?.status === 'REVERSED' && postings.some(({ kind }) => kind === 'reversal')
}

/** Orders that were told "used" while another one was spending their code. */
function countLosers(history: History): number {
  const calls = [...history.orders.values()].flatMap(payCalls)
  let losers = 0
  for (const racers of groupBy(calls, ({ send }) => send.code).values()) {
    const winners = racers.filter((call) => paymentIn(call) !== undefined)
    losers += racers.filter(
      (call) =>
        firmRefusal(call) === 'CODE_USED' &&
        winners.some((won) => call.sentAt < won.repliedAt && won.sentAt < call.repliedAt),
    ).length
  }
  return losers
}
