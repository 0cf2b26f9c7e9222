import type { NoticeContent } from '@campus-ecode/protocol/notices'
import type { Tx } from '../db/database.ts'
import type { NewEvent, WalletNews } from '../events/insert-event.ts'
import { findTransfersById } from '../transfers/store.ts'
import { findArrivedRefund } from './store.ts'

/** Which events a person gets a notice of, and what it says (R41); undefined for the others. */
export async function noticeOf(tx: Tx, event: NewEvent): Promise<NoticeContent | undefined> {
  const { schoolId } = event
  switch (event.kind) {
    case 'payment': {
      const { paymentId, lowBalance } = event
      return lowBalance && { kind: 'low_balance', entryId: paymentId, ...lowBalance }
    }
    case 'refund':
      return noticeOfRefund(tx, schoolId, event.refundId)
    case 'transfer':
      return noticeOfTransfer(tx, schoolId, event.transferId)
    case 'scan_refused':
    case 'access':
      return undefined
    case 'card':
      if (event.to === 'locked') return { kind: 'card', change: 'locked' }
      return event.from === 'locked' && event.to === 'active'
        ? { kind: 'card', change: 'unlocked' }
        : undefined
    case 'device': {
      const { kind, change, deviceId, label } = event
      return { kind, change, deviceId, label }
    }
    case 'wallet':
      return noticeOfWallet(event.news)
  }
}

async function noticeOfRefund(
  tx: Tx,
  schoolId: string,
  refundId: string,
): Promise<NoticeContent | undefined> {
  const row = await findArrivedRefund(tx, schoolId, refundId)
  if (!row) return undefined
  const { amount_fen: amountFen, merchant_name: merchantName } = row
  return { kind: 'refund', entryId: refundId, amountFen, merchantName }
}

/** It is begun before the person's eyes; what the bank decides may come later. */
async function noticeOfTransfer(
  tx: Tx,
  schoolId: string,
  transferId: string,
): Promise<NoticeContent | undefined> {
  const [row] = await findTransfersById(tx, [{ schoolId, transferId }])
  if (row?.state !== 'done') return undefined
  const { kind, amount_fen: amountFen, bank_name: bankName, tail: cardTail } = row
  const status = row.outcome === 'succeeded' ? 'SUCCEEDED' : 'DECLINED'
  return { kind, transferId, status, amountFen, bankName, cardTail }
}

function noticeOfWallet(news: WalletNews): NoticeContent | undefined {
  switch (news.change) {
    case 'opened':
    case 'closed':
      return { kind: 'wallet', change: news.change }
    case 'card_bound':
    case 'card_unbound': {
      const { bankName, tail } = news
      const change = news.change === 'card_bound' ? 'bound' : 'unbound'
      return { kind: 'bank_card', change, bankName, tail }
    }
    case 'password_set':
      return { kind: 'password', change: 'set' }
    case 'password_locked':
      return { kind: 'password', change: 'locked' }
    case 'password_reset':
      return { kind: 'password', change: 'reset' }
    case 'limits': {
      const { singleFen, dailyFen } = news
      return { kind: 'limits', singleFen, dailyFen }
    }
    case 'agreement':
      return { kind: 'agreement', change: news.signed ? 'signed' : 'cancelled' }
    case 'wechat':
      return { kind: 'wechat', use: news.use, change: news.bound ? 'bound' : 'unbound' }
    case 'default_card':
    case 'water':
    case 'utility':
      return undefined
  }
}
