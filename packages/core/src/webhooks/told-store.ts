import type { NoticeContent } from '@campus-ecode/protocol/notices'
import type { Channel, PayMeans } from '@campus-ecode/protocol/shapes'
import { prepare, type Queryable, type Tx } from '../db/database.ts'
import type { EventCursor } from '../events/store.ts'

const insert = prepare(
  `insert into told_events (school_id, tx, event_id) values ($1, $2, $3)
   on conflict (school_id) do nothing`,
)

/** From a place in the school's events on. One that is told already goes on where it is. */
export async function beginTelling(tx: Tx, schoolId: string, from: EventCursor): Promise<void> {
  await insert(tx, [schoolId, from.tx, from.eventId])
}

const remove = prepare('delete from told_events where school_id = $1')
export async function endTelling(tx: Tx, schoolId: string): Promise<void> {
  await remove(tx, [schoolId])
}

const selectSchools = prepare<{ school_id: string }>('select school_id from told_events')
export async function findToldSchools(on: Queryable): Promise<string[]> {
  return (await selectSchools(on, [])).map((row) => row.school_id)
}

/** Advisory locks of whoever tells a school, with the school's number. */
const TELL_LOCK = 7_100_004

// No lock of the row, which would count as a transaction each time that somebody looks.
const lock = prepare<{ mine: boolean }>('select pg_try_advisory_xact_lock($1, $2) as mine')
const selectPlace = prepare<{ tx: string; event_id: string; count: number }>(
  'select tx::text, event_id, count from told_events where school_id = $1',
)

/** @returns undefined where somebody else is at it, or nobody is told any more. */
export async function lockTold(
  tx: Tx,
  schoolId: string,
): Promise<{ place: EventCursor; count: number } | undefined> {
  const [locked] = await lock(tx, [TELL_LOCK, Number(schoolId)])
  if (!locked?.mine) return undefined
  const [row] = await selectPlace(tx, [schoolId])
  return row && { place: { tx: row.tx, eventId: row.event_id }, count: row.count }
}

const advance = prepare(
  'update told_events set tx = $2, event_id = $3, count = $4 where school_id = $1',
)
export async function saveTold(
  tx: Tx,
  schoolId: string,
  place: EventCursor,
  count: number,
): Promise<void> {
  await advance(tx, [schoolId, place.tx, place.eventId, count])
}

/** An event with what it may be told by: its notice, and the payment as it was made or undone by it. */
export interface TellableRow {
  tx: string
  event_id: string
  person_id: string
  at: Date
  notice_kind: NoticeContent['kind'] | null
  notice_data: Record<string, unknown> | null
  payment_id: string | null
  change: 'paid' | 'reversed' | null
  amount_fen: number | null
  means: PayMeans | null
  channel: Channel | null
  merchant_name: string | null
  terminal_name: string | null
}

// Whether an event is the one that paid or undid its payment is told by the time of the transaction, which both
// have: the payment itself may have gone on since.
const select = prepare<TellableRow>(
  `select e.tx::text, e.event_id, e.person_id, e.at, n.kind as notice_kind, n.data as notice_data, p.payment_id,
          case when p.paid_at = e.at then 'paid'
               when p.status = 'REVERSED' and p.paid_at is not null and p.settled_at = e.at then 'reversed'
          end as change,
          p.amount_fen, p.means, p.channel, m.name as merchant_name, t.name as terminal_name
     from (select * from events
            where school_id = $1 and (tx, event_id) > ($2::xid8, $3::uuid) and tx < $4::xid8
            order by events.tx, event_id limit $5) e
     left join notices n
       on n.school_id = e.school_id and n.person_id = e.person_id and n.notice_id = e.event_id
     left join payments p on e.kind = 'payment' and p.school_id = e.school_id and p.payment_id = e.ref
     left join merchants m on m.school_id = p.school_id and m.merchant_id = p.merchant_id
     left join terminals t on t.school_id = p.school_id and t.terminal_id = p.terminal_id
    order by e.tx, e.event_id`,
)

/** A school's events after a place, in their order, as far as all that came before them is known. */
export async function findTellable(
  tx: Tx,
  schoolId: string,
  { place, before, count }: { place: EventCursor; before: string; count: number },
): Promise<TellableRow[]> {
  return select(tx, [schoolId, place.tx, place.eventId, before, count])
}
