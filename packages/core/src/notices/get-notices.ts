import type { Notice } from '@campus-ecode/protocol/notices'
import { formatPlace, parsePlace } from '../db/place.ts'
import { type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { messengerOf } from '../wechat-messages/offered.ts'
import { isInReach } from '../wechat-messages/store.ts'
import { countUnread, findNoticeSettings, findNotices, type NoticeRow } from './store.ts'

const PAGE_COUNT = 50

/** What the person should know of, newest first (R41). */
export async function getNotices({
  params,
  query,
  services,
}: PersonContext<'getNotices'>): PersonOutcome<'getNotices'> {
  const { schoolId, personId } = params
  const after = query.cursor === undefined ? undefined : parsePlace(query.cursor)
  if (after === 'malformed') return refuse('BAD_REQUEST', { fields: ['cursor'] })
  const { pool } = services.db
  const settings = await findNoticeSettings(pool, schoolId, personId)
  if (!settings) return refuse('NOT_FOUND')
  // One more than is shown, to know whether there are more.
  const rows = await findNotices(pool, schoolId, personId, after, PAGE_COUNT + 1)
  const shown = rows.slice(0, PAGE_COUNT)
  const last = rows.length > PAGE_COUNT ? shown.at(-1) : undefined
  return {
    status: 200,
    body: {
      notices: shown.map(toNotice),
      unreadCount: await countUnread(pool, schoolId, personId),
      next: last ? formatPlace({ atMicros: last.at_micros, id: last.notice_id }) : null,
      settings,
      wechatReceipts:
        messengerOf(services) !== undefined && (await isInReach(pool, schoolId, personId)),
    },
  }
}

/** A notice as the person sees it. */
export function toNotice(row: NoticeRow): Notice {
  return {
    noticeId: row.notice_id,
    at: row.at.toISOString(),
    readAt: row.read_at?.toISOString() ?? null,
    // Written by `insertNotice` or `pay_batch`, and nobody else.
    about: { kind: row.kind, ...row.data } as Notice['about'],
  }
}
