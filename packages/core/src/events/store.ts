import type { PersonEvent } from '@campus-ecode/protocol/events'
import { type EntryRow, SELECT_PAYMENTS, SELECT_REFUNDS } from '../bill/entry.ts'
import { prepare, type Queryable } from '../db/database.ts'
import { findTransfersById, type TransferRow } from '../transfers/store.ts'
import type { NewEvent } from './insert-event.ts'

/** A place in the log: events are ordered by the transaction that wrote them, then by id. */
export interface EventCursor {
  /** An xid8, which a number cannot hold. */
  tx: string
  eventId: string
}

export interface EventRow {
  school_id: string
  person_id: string
  tx: string
  event_id: string
  kind: NewEvent['kind']
  ref: string | null
  detail: PersonEvent['data'] | null
  at: Date
  /** R41: there is a notice about it, under its id. */
  notice: boolean
}

const COLUMNS = 'school_id, person_id, tx::text, event_id, kind, ref, detail, at, notice'
// A transaction that is still running may yet commit events with a lower tx than those one sees, so
// only what lies below the oldest running one is told: nothing is ever passed over.
const SETTLED = 'tx < pg_snapshot_xmin(pg_current_snapshot())'

const selectFeed = prepare<EventRow>(
  `select ${COLUMNS} from events
    where (tx, event_id) > ($1::xid8, $2::uuid) and ${SETTLED}
    order by events.tx, event_id limit $3`,
)

/** Everybody's events after a place. */
export async function findEvents(
  on: Queryable,
  after: EventCursor,
  count: number,
): Promise<EventRow[]> {
  return selectFeed(on, [after.tx, after.eventId, count])
}

const selectOfPerson = prepare<EventRow>(
  `select ${COLUMNS} from events
    where school_id = $4 and person_id = $5 and (tx, event_id) > ($1::xid8, $2::uuid) and ${SETTLED}
    order by events.tx, event_id limit $3`,
)

/** One person's events after a place. */
export async function findPersonEvents(
  on: Queryable,
  schoolId: string,
  personId: string,
  after: EventCursor,
  count: number,
): Promise<EventRow[]> {
  return selectOfPerson(on, [after.tx, after.eventId, count, schoolId, personId])
}

const selectPresent = prepare<{ present: string; future: boolean }>(
  `select pg_snapshot_xmin(pg_current_snapshot())::text as present,
          coalesce($1::xid8 > pg_snapshot_xmax(pg_current_snapshot()), false) as future`,
)

/**
 * The place behind everything told so far; what comes later lies after it.
 *
 * `isFuture`: the given place does not exist yet, so it comes from another life of the database.
 */
export async function findPresent(
  on: Queryable,
  given?: EventCursor,
): Promise<{ present: EventCursor; isFuture: boolean }> {
  const [row] = await selectPresent(on, [given?.tx ?? null])
  if (!row) throw new Error('the database has no snapshot')
  return { present: { tx: row.present, eventId: FIRST_ID }, isFuture: row.future }
}

const FIRST_ID = '00000000-0000-0000-0000-000000000000'

const WANTED = 'join unnest($1::text[], $2::uuid[]) as wanted (school_id, id)'
const selectPayments = prepare<EntryRow>(
  `${SELECT_PAYMENTS} ${WANTED} on wanted.school_id = p.school_id and wanted.id = p.payment_id`,
)
const selectRefunds = prepare<EntryRow>(
  `${SELECT_REFUNDS} ${WANTED} on wanted.school_id = r.school_id and wanted.id = r.refund_id`,
)

/** What payment and refund events are about, as it stands now; by `entryKey`. */
export async function findEntries(
  on: Queryable,
  events: readonly EventRow[],
): Promise<Map<string, EntryRow>> {
  const entries = new Map<string, EntryRow>()
  for (const [kind, select] of [
    ['payment', selectPayments],
    ['refund', selectRefunds],
  ] as const) {
    const wanted = events.filter((event) => event.kind === kind && event.ref)
    if (wanted.length === 0) continue
    const rows = await select(on, [wanted.map((e) => e.school_id), wanted.map((e) => e.ref)])
    for (const row of rows) entries.set(entryKey(row.school_id, row.entry_id), row)
  }
  return entries
}

/** The transfers that events are about, as they stand now; by `entryKey`. */
export async function findTransfers(
  on: Queryable,
  events: readonly EventRow[],
): Promise<Map<string, TransferRow>> {
  const wanted = events.flatMap(({ kind, school_id, ref }) =>
    kind === 'transfer' && ref ? [{ schoolId: school_id, transferId: ref }] : [],
  )
  const rows = wanted.length > 0 ? await findTransfersById(on, wanted) : []
  return new Map(rows.map((row) => [entryKey(row.school_id, row.movement_id), row]))
}

export function entryKey(schoolId: string, entryId: string | null): string {
  return `${schoolId}/${entryId}`
}
