import type { incomingRoutes } from '@campus-ecode/protocol/incoming'
import {
  type Answer,
  type Context,
  type Refusal,
  refuse,
  type TerminalCaller,
} from '../http/operation.ts'
import { toPayment } from '../payments/store.ts'
import { findIncoming, readIncomingClock } from './store.ts'

const PAGE_COUNT = 50
/** More than one till takes in half a minute. */
const YOUNG_COUNT_MAX = 1_000
/** Nobody asks for more at once than a shift. */
const FIRST_HOURS = 12
/** Longer than a payment takes from its time to its commit. */
const LATE_MICROS = 30_000_000
const CURSOR = /^\d{1,16}$/

/**
 * What the till's own collection code took meanwhile (R24), oldest first; without a cursor, in the last
 * twelve hours. A payment is visible a moment after its time, so what is younger than half a minute is told
 * again after the next cursor: payments are known by their `paymentId`.
 */
export async function getIncoming({
  caller,
  query,
  services,
}: Context<typeof incomingRoutes.getIncoming, TerminalCaller>): Promise<
  Answer<typeof incomingRoutes.getIncoming> | Refusal
> {
  const { after } = query
  if (after !== undefined && !CURSOR.test(after))
    return refuse('BAD_REQUEST', { fields: ['after'] })
  const { pool } = services.db
  const nowMicros = await readIncomingClock(pool)
  const from = after === undefined ? nowMicros - FIRST_HOURS * 3_600_000_000 : Number(after)
  const settledMicros = Math.max(from, nowMicros - LATE_MICROS)
  const settled = await findIncoming(pool, caller, {
    from,
    to: settledMicros,
    countMax: PAGE_COUNT,
  })
  const last = settled.length >= PAGE_COUNT ? settled.at(-1)?.at_micros : undefined
  // Of the last half minute all are told, so that a cursor never has to stand among them.
  const young = last
    ? []
    : await findIncoming(pool, caller, { from: settledMicros, countMax: YOUNG_COUNT_MAX })
  const rows = [...settled, ...young]
  const next = last ?? settledMicros
  return { status: 200, body: { payments: rows.map(toPayment), cursor: String(next) } }
}
