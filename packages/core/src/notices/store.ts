import type { NoticeContent, NoticeSettings } from '@campus-ecode/protocol/notices'
import { prepare, type Queryable, type Tx } from '../db/database.ts'
import { isBeyond, microsOf, type Place } from '../db/place.ts'

const insert = prepare(
  'insert into notices (school_id, person_id, notice_id, kind, data) values ($1, $2, $3, $4, $5)',
)

export async function insertNotice(
  tx: Tx,
  notice: { schoolId: string; personId: string; noticeId: string; content: NoticeContent },
): Promise<void> {
  const { schoolId, personId, noticeId, content } = notice
  const { kind, ...data } = content
  await insert(tx, [schoolId, personId, noticeId, kind, JSON.stringify(data)])
}

const selectRefund = prepare<{ amount_fen: number; merchant_name: string }>(
  `select r.amount_fen, m.name as merchant_name
     from refunds r
     join payments p on p.school_id = r.school_id and p.payment_id = r.payment_id
     join merchants m on m.school_id = p.school_id and m.merchant_id = p.merchant_id
    where r.school_id = $1 and r.refund_id = $2 and r.status = 'REFUNDED'`,
)

/** A refund whose money is back. */
export async function findArrivedRefund(on: Queryable, schoolId: string, refundId: string) {
  return (await selectRefund(on, [schoolId, refundId]))[0]
}

export interface NoticeRow {
  notice_id: string
  kind: string
  at: Date
  at_micros: number
  data: object
  read_at: Date | null
}

const selectPage = prepare<NoticeRow>(
  `select notice_id, kind, at, ${microsOf('at')} as at_micros, data, read_at
     from notices
    where school_id = $1 and person_id = $2 and ${isBeyond('at', 'notice_id', '$3', '$4')}
    order by at desc, notice_id desc limit $5`,
)

/** A person's notices, newest first. */
export async function findNotices(
  on: Queryable,
  schoolId: string,
  personId: string,
  after: Place | undefined,
  count: number,
): Promise<NoticeRow[]> {
  return selectPage(on, [schoolId, personId, after?.atMicros ?? null, after?.id ?? null, count])
}

const selectUnread = prepare<{ count: number }>(
  `select count(*) as count from notices
    where school_id = $1 and person_id = $2 and read_at is null`,
)

export async function countUnread(
  on: Queryable,
  schoolId: string,
  personId: string,
): Promise<number> {
  return (await selectUnread(on, [schoolId, personId]))[0]?.count ?? 0
}

const selectNotice = prepare<{ at_micros: number }>(
  `select ${microsOf('at')} as at_micros from notices
    where school_id = $1 and person_id = $2 and notice_id = $3`,
)
const markRead = prepare(
  `update notices set read_at = now()
    where school_id = $1 and person_id = $2 and read_at is null
      and (notice_id = $4 or ${isBeyond('at', 'notice_id', '$3', '$4')})`,
)

/**
 * Marks a notice and all before it as read. One that another transaction has written before it, and not
 * committed when the person looked, is marked unseen; it stays in the list.
 *
 * @returns False when there is no such notice.
 */
export async function markNoticesRead(
  tx: Tx,
  schoolId: string,
  personId: string,
  upTo: string,
): Promise<boolean> {
  const [notice] = await selectNotice(tx, [schoolId, personId, upTo])
  if (!notice) return false
  await markRead(tx, [schoolId, personId, notice.at_micros, upTo])
  return true
}

const selectSettings = prepare<{ low_balance_fen: number | null; wechat_notices: boolean }>(
  `select y.low_balance_fen, p.wechat_notices
     from payers y
     join people p on p.school_id = y.school_id and p.person_id = y.person_id
    where y.school_id = $1 and y.person_id = $2`,
)

/** @returns undefined for a person who does not exist. */
export async function findNoticeSettings(
  on: Queryable,
  schoolId: string,
  personId: string,
): Promise<NoticeSettings | undefined> {
  const [row] = await selectSettings(on, [schoolId, personId])
  return row && { lowBalanceFen: row.low_balance_fen, wechat: row.wechat_notices }
}

const updateThreshold = prepare<{ saved: 1 }>(
  `update payers set low_balance_fen = $3 where school_id = $1 and person_id = $2
   returning 1 as saved`,
)
const updateWechat = prepare(
  'update people set wechat_notices = $3 where school_id = $1 and person_id = $2',
)

/**
 * @param settings `wechat` stays as it is when left out.
 * @returns False for a person who does not exist.
 */
export async function saveNoticeSettings(
  tx: Tx,
  schoolId: string,
  personId: string,
  { lowBalanceFen, wechat }: { lowBalanceFen: number | null; wechat: boolean | undefined },
): Promise<boolean> {
  if ((await updateThreshold(tx, [schoolId, personId, lowBalanceFen])).length === 0) return false
  if (wechat !== undefined) await updateWechat(tx, [schoolId, personId, wechat])
  return true
}
