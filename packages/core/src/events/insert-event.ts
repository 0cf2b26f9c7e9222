import type { CardStatus } from '@campus-ecode/protocol/card'
import type { PersonEvent } from '@campus-ecode/protocol/events'
import { prepare, type Tx } from '../db/database.ts'
import { noticeOf } from '../notices/notice-of.ts'
import { insertNotice } from '../notices/store.ts'

/** Something that happened to a person: enough to tell it, and for a notice of it (R41). */
export type NewEvent = {
  schoolId: string
  personId: string
  eventId: string
} & (
  | { kind: 'payment'; paymentId: string; lowBalance?: LowBalance | undefined }
  | { kind: 'refund'; refundId: string }
  | { kind: 'transfer'; transferId: string }
  | { kind: 'scan_refused'; data: PersonEvent['data'] }
  | { kind: 'card'; from: CardStatus; to: CardStatus }
  | { kind: 'device'; deviceId: string; change: 'enrolled' | 'removed'; label: string }
  | { kind: 'wallet'; news: WalletNews }
  | { kind: 'access'; data: PersonEvent['data'] & { type: 'access' } }
)

/** Where a payment has taken the wallet that was not below the person's own threshold. */
export interface LowBalance {
  balanceFen: number
  thresholdFen: number
}

export type WalletNews =
  | { change: 'opened' | 'closed' | 'default_card' }
  | { change: 'password_set' | 'password_locked' | 'password_reset' }
  | { change: 'water' | 'utility' }
  | { change: 'wechat'; use: 'pay' | 'sign_in'; bound: boolean }
  | { change: 'card_bound' | 'card_unbound'; bankName: string; tail: string }
  | { change: 'limits'; singleFen: number; dailyFen: number }
  | { change: 'agreement'; signed: boolean }

const insert = prepare(
  `insert into events (school_id, person_id, event_id, kind, ref, detail, notice)
   values ($1, $2, $3, $4, $5, $6, $7)`,
)

/**
 * Writes an event in the transaction that makes it happen, and the notice that belongs to it: nobody
 * else writes notices, but for `pay_batch`. To be called when what it is about is written, and
 * `services.wakeEvents()` after the commit.
 */
export async function insertEvent(tx: Tx, event: NewEvent): Promise<void> {
  const { schoolId, personId, eventId, kind } = event
  const { ref = null, data } = toldOf(event)
  const detail = data === undefined ? null : JSON.stringify(data)
  const notice = await noticeOf(tx, event)
  await insert(tx, [schoolId, personId, eventId, kind, ref, detail, notice !== undefined])
  if (notice) await insertNotice(tx, { schoolId, personId, noticeId: eventId, content: notice })
}

/** What the event is told as: what `ref` names, as it stands when somebody asks, or these words. */
function toldOf(event: NewEvent): { ref?: string; data?: PersonEvent['data'] } {
  switch (event.kind) {
    case 'payment':
      return { ref: event.paymentId }
    case 'refund':
      return { ref: event.refundId }
    case 'transfer':
      return { ref: event.transferId }
    case 'scan_refused':
    case 'access':
      return { data: event.data }
    case 'card':
      return { data: { type: 'card', status: event.to } }
    case 'device': {
      const { deviceId, change, label } = event
      return { ref: deviceId, data: { type: 'device', deviceId, change, label } }
    }
    case 'wallet':
      return { data: { type: 'wallet', change: event.news.change } }
  }
}
