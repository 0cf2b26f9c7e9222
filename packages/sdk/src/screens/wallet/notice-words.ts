import { formatYuan } from '@campus-ecode/protocol/money'
import type { NoticeContent } from '@campus-ecode/protocol/notices'
import type { Translate } from '../../strings/translate.ts'
import type { Route } from '../view.ts'
import type { WalletPage } from './wallet-page.ts'

/** R41: what has happened, as one plain sentence. */
export function noticeSentence(about: NoticeContent, t: Translate): string {
  switch (about.kind) {
    case 'refund':
      return t('notice_refund', {
        merchant: about.merchantName,
        amount: formatYuan(about.amountFen),
      })
    case 'top_up':
    case 'withdrawal':
      return t(`notice_${about.kind}_${about.status}`, {
        amount: formatYuan(about.amountFen),
        bank: about.bankName,
        tail: about.cardTail,
      })
    case 'low_balance':
      return t('notice_low_balance', {
        balance: formatYuan(about.balanceFen),
        threshold: formatYuan(about.thresholdFen),
      })
    case 'device':
      return t(`notice_device_${about.change}`, { label: about.label })
    case 'card':
      return t(`notice_card_${about.change}`)
    case 'password':
      return t(`notice_password_${about.change}`)
    case 'wallet':
      return t(`notice_wallet_${about.change}`)
    case 'bank_card':
      return t(`notice_bank_card_${about.change}`, { bank: about.bankName, tail: about.tail })
    case 'limits':
      return t('notice_limits', {
        single: formatYuan(about.singleFen),
        daily: formatYuan(about.dailyFen),
      })
    case 'agreement':
      return t(`notice_agreement_${about.change}`)
    case 'wechat':
      return t(`notice_wechat_${about.use}_${about.change}`)
    default:
      // Of a core that is newer than this page.
      return t('noticeOther')
  }
}

const pages = {
  device: 'devices',
  password: 'password',
  bank_card: 'cards',
  limits: 'limits',
  agreement: 'agreement',
} as const satisfies Partial<Record<NoticeContent['kind'], WalletPage>>

/** Where it can be looked at, or undone. */
export function noticeRoute(about: NoticeContent): Route {
  switch (about.kind) {
    case 'refund':
    case 'top_up':
    case 'withdrawal':
    case 'low_balance':
      return { name: 'bill' }
    case 'card':
      return { name: 'in_wallet', page: about.change === 'locked' ? 'unlock' : 'lock' }
    case 'device':
    case 'password':
    case 'bank_card':
    case 'limits':
    case 'agreement':
      return { name: 'in_wallet', page: pages[about.kind] }
    case 'wechat':
      return { name: 'in_ways', page: 'wechat' }
    default:
      return { name: 'wallet' }
  }
}
