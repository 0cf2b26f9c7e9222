import type { Channel } from '@campus-ecode/protocol/shapes'
import { inTransaction } from '../db/database.ts'
import { findPresent } from '../events/store.ts'
import type { Services } from '../http/operation.ts'
import {
  findEnd,
  findReportable,
  insertMessages,
  lockPlace,
  type NewMessage,
  type ReportableRow,
  savePlace,
} from './store.ts'
import type { MessageKind } from './templates.ts'

const BATCH_COUNT = 500

/**
 * Writes what has happened to people who have a WeChat as messages to it, each once. Events were written by
 * whatever made them happen, in its own transaction; they are read behind all that is still running, in order, by one
 * process at a time. No payment waits for any of it. Kinds without a template are passed over.
 */
export async function writeMessages({
  db,
  wechatTemplates: templates,
}: Pick<Services, 'db' | 'wechatTemplates'>): Promise<void> {
  let more = true
  while (more) {
    more = await inTransaction(db.pool, async (tx) => {
      const place = await lockPlace(tx)
      if (place === 'busy') return false
      const { present, isFuture } = await findPresent(tx, place)
      // The first time, or of another life of the database: from now on.
      if (!place || isFuture) {
        await savePlace(tx, present)
        return false
      }
      const end = await findEnd(tx, place, present.tx, BATCH_COUNT)
      if (!end) return false
      const rows = await findReportable(tx, place, present.tx, BATCH_COUNT)
      const messages = rows.flatMap(messageOf).filter(({ kind }) => templates[kind])
      await insertMessages(tx, messages)
      await savePlace(tx, end.place)
      return end.count === BATCH_COUNT
    })
  }
}

const channels: Record<Channel, string> = {
  wallet: '电子钱包',
  one_card: '一卡通账户',
  bank_card: '银行卡',
  wechat: '微信支付',
  alipay: '支付宝',
  unionpay: '云闪付',
}

function messageOf(row: ReportableRow): NewMessage[] {
  const { school_id: schoolId, person_id: personId, event_id: eventId } = row
  const { notice_kind: about, notice_data: data, payment_id: paymentId } = row
  const make = (
    kind: MessageKind,
    messageId: string,
    said: Partial<NewMessage['data']>,
  ): NewMessage => ({
    ...{ schoolId, personId, kind, messageId },
    data: {
      title: '校园卡',
      merchant: '校园卡',
      amount: '-',
      account: '校园卡',
      status: '-',
      time: toTime(row.at),
      number: messageId.replaceAll('-', ''),
      hint: '如非本人操作，请立即挂失校园卡',
      ...said,
    },
  })
  const text = (name: string) => String(data?.[name] ?? '')
  const yuan = () => toYuan(Number(data?.['amountFen'] ?? 0))
  if (paymentId) {
    const { amount_fen: amountFen, merchant_name: merchant, channel } = row
    return [
      make('paid', paymentId, {
        title: '支付成功',
        merchant: merchant ?? '',
        amount: toYuan(amountFen ?? 0),
        account: channel ? channels[channel] : '',
        status: '支付成功',
      }),
    ]
  }
  switch (about) {
    case 'refund':
      return [
        make('refunded', eventId, {
          title: '退款到账',
          merchant: text('merchantName'),
          amount: yuan(),
          account: '原路退回',
          status: '退款成功',
        }),
      ]
    case 'top_up':
    case 'withdrawal': {
      const what = about === 'top_up' ? '充值' : '提现'
      const status = `${what}${data?.['status'] === 'SUCCEEDED' ? '成功' : '失败'}`
      return [
        make(about, eventId, {
          title: `电子钱包${status}`,
          merchant: '电子钱包',
          amount: yuan(),
          account: `${text('bankName')} ${text('cardTail')}`,
          status,
        }),
      ]
    }
    case 'card':
      if (data?.['change'] !== 'locked') return []
      return [make('locked', eventId, { title: '校园卡已挂失', status: '已挂失' })]
    default:
      return []
  }
}

/** A sign and ten digits at most, as WeChat wants amounts. */
function toYuan(fen: number): string {
  return `¥${(fen / 100).toFixed(2)}`
}

/** 2026-09-01 12:03, in Shanghai. */
function toTime(at: Date): string {
  return at.toLocaleString('sv-SE', { timeZone: 'Asia/Shanghai' }).slice(0, 16)
}
