import type { NoticeContent } from '@campus-ecode/protocol/notices'
import type { Channel } from '@campus-ecode/protocol/shapes'
import { prepare, type Queryable, type Tx } from '../db/database.ts'
import type { EventCursor } from '../events/store.ts'
import type { MessageKind, MessageWords } from './templates.ts'

/** Advisory lock of whoever reads events for messages. */
const READ_LOCK = 7_100_006
const READER = 'wechat-messages'

const lock = prepare<{ mine: boolean }>('select pg_try_advisory_xact_lock($1) as mine')
const selectPlace = prepare<{ tx: string; event_id: string }>(
  'select tx::text, event_id from event_places where reader = $1',
)

/** @returns 'busy' where another process reads; undefined where nobody ever has. */
export async function lockPlace(tx: Tx): Promise<EventCursor | 'busy' | undefined> {
  if (!(await lock(tx, [READ_LOCK]))[0]?.mine) return 'busy'
  const [row] = await selectPlace(tx, [READER])
  return row && { tx: row.tx, eventId: row.event_id }
}

const upsertPlace = prepare(
  `insert into event_places (reader, tx, event_id) values ($1, $2, $3)
   on conflict (reader) do update set tx = excluded.tx, event_id = excluded.event_id`,
)
export async function savePlace(tx: Tx, place: EventCursor): Promise<void> {
  await upsertPlace(tx, [READER, place.tx, place.eventId])
}

const AFTER = `from events
       where (tx, event_id) > ($1::xid8, $2::uuid) and tx < $3::xid8 order by events.tx, event_id limit $4`

const selectEnd = prepare<{ tx: string; event_id: string; count: number }>(
  `select tx::text, event_id, count(*) over () as count
     from (select tx, event_id ${AFTER}) batch order by batch.tx desc, event_id desc limit 1`,
)
/** The last of the next events, and how many they are; as far as all that came before them is known. */
export async function findEnd(
  tx: Tx,
  { tx: from, eventId }: EventCursor,
  before: string,
  countMax: number,
): Promise<{ place: EventCursor; count: number } | undefined> {
  const [row] = await selectEnd(tx, [from, eventId, before, countMax])
  return row && { place: { tx: row.tx, eventId: row.event_id }, count: row.count }
}

/** An event of somebody who has a WeChat, with what it may be told by. */
export interface ReportableRow {
  school_id: string
  person_id: string
  event_id: string
  at: Date
  notice_kind: NoticeContent['kind'] | null
  notice_data: Record<string, unknown> | null
  /** The payment that this event paid. */
  payment_id: string | null
  amount_fen: number | null
  channel: Channel | null
  merchant_name: string | null
}

/** One may pay by WeChat without signing in by it; either way the account knows them. */
function isReached(schoolId: string, personId: string): string {
  return `(exists (select from sign_in_bindings b
                    where b.school_id = ${schoolId} and b.person_id = ${personId}
                      and b.app = 'official_account')
           or exists (select from wechat_bindings b
                       where b.school_id = ${schoolId} and b.person_id = ${personId}))`
}

const selectReached = prepare<{ reached: boolean }>(`select ${isReached('$1', '$2')} as reached`)
/** Whether the school's account knows a WeChat of this person. */
export async function isInReach(
  on: Queryable,
  schoolId: string,
  personId: string,
): Promise<boolean> {
  return (await selectReached(on, [schoolId, personId]))[0]?.reached ?? false
}

// Whether an event is the one that paid its payment is told by the time of the transaction, which both have.
const selectReportable = prepare<ReportableRow>(
  `select e.school_id, e.person_id, e.event_id, e.at, n.kind as notice_kind, n.data as notice_data,
          p.payment_id, p.amount_fen, p.channel, m.name as merchant_name
     from (select * ${AFTER}) e
     join people w on w.school_id = e.school_id and w.person_id = e.person_id and w.wechat_notices
     left join notices n
       on e.notice and n.school_id = e.school_id and n.person_id = e.person_id and n.notice_id = e.event_id
     left join payments p
       on e.kind = 'payment' and p.school_id = e.school_id and p.payment_id = e.ref and p.paid_at = e.at
     left join merchants m on m.school_id = p.school_id and m.merchant_id = p.merchant_id
    where (e.notice or e.kind = 'payment') and e.at > now() - interval '1 hour'
      and ${isReached('e.school_id', 'e.person_id')}
    order by e.tx, e.event_id`,
)
/** What of the same events may be told in WeChat. What is older than an hour is no news any more. */
export async function findReportable(
  tx: Tx,
  { tx: from, eventId }: EventCursor,
  before: string,
  countMax: number,
): Promise<ReportableRow[]> {
  return selectReportable(tx, [from, eventId, before, countMax])
}

export interface NewMessage {
  schoolId: string
  messageId: string
  personId: string
  kind: MessageKind
  data: Omit<MessageWords, 'school'>
}

const insert = prepare(
  `insert into wechat_messages (school_id, message_id, person_id, kind, data)
   select * from unnest($1::text[], $2::uuid[], $3::uuid[], $4::text[], $5::jsonb[])
   on conflict (school_id, message_id) do nothing`,
)
/** One for each thing, whatever else happens to it. */
export async function insertMessages(tx: Tx, messages: readonly NewMessage[]): Promise<void> {
  if (messages.length === 0) return
  await insert(tx, [
    messages.map(({ schoolId }) => schoolId),
    messages.map(({ messageId }) => messageId),
    messages.map(({ personId }) => personId),
    messages.map(({ kind }) => kind),
    messages.map(({ data }) => JSON.stringify(data)),
  ])
}

export interface DueMessage {
  school_id: string
  message_id: string
  person_id: string
  kind: MessageKind
  data: Omit<MessageWords, 'school'>
  attempt_count: number
  seconds_since_first: number
}

// What is claimed is left alone by others while it is tried.
const claim = prepare<DueMessage>(
  `with due as (
     select school_id, message_id from wechat_messages
      where next_attempt_at <= now() order by next_attempt_at limit $1 for update skip locked)
   update wechat_messages m
      set attempt_count = attempt_count + 1, next_attempt_at = now() + interval '1 minute',
          first_attempt_at = coalesce(first_attempt_at, now())
     from due d
    where m.school_id = d.school_id and m.message_id = d.message_id
   returning m.school_id, m.message_id, m.person_id, m.kind, m.data, m.attempt_count,
             extract(epoch from now() - m.first_attempt_at)::float8 as seconds_since_first`,
)
export async function claimDueMessages(on: Queryable, countMax: number): Promise<DueMessage[]> {
  return claim(on, [countMax])
}

const selectOpenid = prepare<{ signs_in: Buffer | null; pays: Buffer | null; school: string }>(
  `select b.sealed_openid as signs_in, c.sealed_openid as pays, s.name as school
     from people p
     join schools s on s.school_id = p.school_id
     left join sign_in_bindings b
       on b.school_id = p.school_id and b.person_id = p.person_id and b.app = 'official_account'
     left join wechat_bindings c on c.school_id = p.school_id and c.person_id = p.person_id
    where p.school_id = $1 and p.person_id = $2 and p.wechat_notices`,
)
/** The sealed openid of either binding; undefined for who does not want to hear any more. */
export async function findAddressee(on: Queryable, schoolId: string, personId: string) {
  return (await selectOpenid(on, [schoolId, personId]))[0]
}

const finish = prepare(
  `update wechat_messages
      set sent_at = case when $3::text is null then now() end, failure = $3, next_attempt_at = null
    where school_id = $1 and message_id = $2`,
)
/** @param failure Why it is given up; null: it is sent. */
export async function finishMessage(
  on: Queryable,
  { school_id: schoolId, message_id: messageId }: DueMessage,
  failure: string | null,
): Promise<void> {
  await finish(on, [schoolId, messageId, failure])
}

const postpone = prepare(
  `update wechat_messages set failure = $3, next_attempt_at = now() + make_interval(secs => $4::float8)
    where school_id = $1 and message_id = $2`,
)
export async function postponeMessage(
  on: Queryable,
  { school_id: schoolId, message_id: messageId }: DueMessage,
  failure: string,
  seconds: number,
): Promise<void> {
  await postpone(on, [schoolId, messageId, failure, seconds])
}
