import type { bffRoutes } from '@campus-ecode/protocol/core-api'
import type { PersonEvent } from '@campus-ecode/protocol/events'
import { toBillEntry } from '../bill/entry.ts'
import {
  type Answer,
  type BffCaller,
  type Context,
  type PersonContext,
  type PersonOutcome,
  type Refusal,
  refuse,
  type Services,
} from '../http/operation.ts'
import { type TransferRow, toTransfer } from '../transfers/store.ts'
import {
  type EventCursor,
  type EventRow,
  entryKey,
  findEntries,
  findEvents,
  findPersonEvents,
  findPresent,
  findTransfers,
} from './store.ts'

const FEED_COUNT_MAX = 500
const PERSON_COUNT_MAX = 100
/** Another core process may have written the event, of which this one hears nothing. */
const POLL_MS = 100

type GetEventFeed = typeof bffRoutes.getEventFeed

/**
 * Everything that happened after a cursor, for all people and in order; waits for something to happen.
 * Without a cursor, or with one of another life of the database, it begins at the present.
 */
export async function getEventFeed({
  query,
  services,
}: Context<GetEventFeed, BffCaller>): Promise<Answer<GetEventFeed> | Refusal> {
  const after = parseCursor(query.after)
  if (after === 'malformed') return refuse('BAD_REQUEST', { fields: ['after'] })
  const from = await findStart(services, after)
  if (!after || from !== after) return { status: 200, body: { events: [], cursor: toText(from) } }

  const deadline = Date.now() + query.waitSeconds * 1000
  for (;;) {
    const rows = await findEvents(services.db.pool, from, FEED_COUNT_MAX)
    const leftMs = deadline - Date.now()
    if (
      rows.length > 0 ||
      leftMs <= 0 ||
      !(await services.waitForEvents(Math.min(leftMs, POLL_MS)))
    ) {
      const told = await tellEvents(services, rows)
      const events = told.map(({ row, event }) => ({
        ...event,
        schoolId: row.school_id,
        personId: row.person_id,
      }))
      return { status: 200, body: { events, cursor: cursorAfter(rows, from) } }
    }
  }
}

/** What happened to one person after a cursor. */
export async function getEvents({
  params,
  query,
  services,
}: PersonContext<'getEvents'>): PersonOutcome<'getEvents'> {
  const { schoolId, personId } = params
  const after = parseCursor(query.after)
  if (after === 'malformed') return refuse('BAD_REQUEST', { fields: ['after'] })
  const from = await findStart(services, after)
  if (!after || from !== after) return { status: 200, body: { events: [], cursor: toText(from) } }
  const { pool } = services.db
  const rows = await findPersonEvents(pool, schoolId, personId, from, PERSON_COUNT_MAX)
  const told = await tellEvents(services, rows)
  const events = told.map(({ event }) => event)
  return { status: 200, body: { events, cursor: cursorAfter(rows, from) } }
}

async function findStart(services: Services, after?: EventCursor): Promise<EventCursor> {
  const { present, isFuture } = await findPresent(services.db.pool, after)
  return after && !isFuture ? after : present
}

async function tellEvents(
  services: Services,
  rows: EventRow[],
): Promise<{ row: EventRow; event: PersonEvent }[]> {
  const { pool } = services.db
  const [entries, transfers] = await Promise.all([
    findEntries(pool, rows),
    findTransfers(pool, rows),
  ])
  return rows.flatMap((row) => {
    const key = entryKey(row.school_id, row.ref)
    const data =
      row.detail ??
      (row.kind === 'transfer'
        ? describeTransfer(transfers.get(key))
        : describePayment(row.kind, entries.get(key)))
    if (!data) {
      // It must not hold up all that comes after it.
      services.log.error({ eventId: row.event_id, kind: row.kind }, 'an event is about nothing')
      return []
    }
    const cursor = toText({ tx: row.tx, eventId: row.event_id })
    const noticed = row.notice ? { notice: true as const } : {}
    return [{ row, event: { cursor, at: row.at.toISOString(), ...noticed, data } }]
  })
}

function describePayment(
  kind: EventRow['kind'],
  entry: Parameters<typeof toBillEntry>[0] | undefined,
): PersonEvent['data'] | undefined {
  if (!entry || (kind !== 'payment' && kind !== 'refund')) return undefined
  return {
    type: 'payment',
    entry: toBillEntry(entry),
    deviceId: entry.device_id,
    codeId: entry.code_id,
    account: entry.account,
  }
}

function describeTransfer(row: TransferRow | undefined): PersonEvent['data'] | undefined {
  return row && { type: 'transfer', transfer: toTransfer(row) }
}

function cursorAfter(rows: EventRow[], from: EventCursor): string {
  const last = rows.at(-1)
  return toText(last ? { tx: last.tx, eventId: last.event_id } : from)
}

function toText({ tx, eventId }: EventCursor): string {
  return `${tx}.${eventId}`
}

function parseCursor(text: string | undefined): EventCursor | undefined | 'malformed' {
  if (text === undefined) return undefined
  const [, tx, eventId] =
    /^(\d{1,19})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(text) ?? []
  return tx && eventId ? { tx, eventId } : 'malformed'
}
