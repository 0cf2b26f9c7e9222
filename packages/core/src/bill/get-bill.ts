import { formatPlace, parsePlace } from '../db/place.ts'
import { type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { toBillEntry } from './entry.ts'
import { findBillEntry, findBillPage, sumBill } from './store.ts'

const PAGE_COUNT = 50

/** A page of one month's bill, newest first, with the sums of what is listed (R17). */
export async function getBill({
  params,
  query,
  services,
}: PersonContext<'getBill'>): PersonOutcome<'getBill'> {
  const { month, cursor, ...filter } = query
  const key = { schoolId: params.schoolId, personId: params.personId, month, filter }
  const after = cursor === undefined ? undefined : parsePlace(cursor)
  if (after === 'malformed') return refuse('BAD_REQUEST', { fields: ['cursor'] })
  const { pool } = services.db
  const [rows, sums] = await Promise.all([
    // One more than is shown, to know whether there are more.
    findBillPage(pool, key, after, PAGE_COUNT + 1),
    // Sums read the whole month, so they come once.
    after ? { outFen: null, inFen: null } : sumBill(pool, key),
  ])
  const shown = rows.slice(0, PAGE_COUNT)
  const last = rows.length > PAGE_COUNT ? shown.at(-1) : undefined
  return {
    status: 200,
    body: {
      month,
      ...sums,
      entries: shown.map(toBillEntry),
      next: last ? formatPlace({ atMicros: last.at_micros, id: last.entry_id }) : null,
    },
  }
}

/**
 * One entry in full.
 *
 * Refuses: ORDER_NOT_FOUND.
 */
export async function getBillEntry({
  params,
  services,
}: PersonContext<'getBillEntry'>): PersonOutcome<'getBillEntry'> {
  const { schoolId, personId, entryId } = params
  const row = await findBillEntry(services.db.pool, schoolId, personId, entryId)
  return row ? { status: 200, body: toBillEntry(row) } : refuse('ORDER_NOT_FOUND')
}
