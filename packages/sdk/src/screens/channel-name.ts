import type { Accounts } from '@campus-ecode/protocol/accounts'
import type { BillEntry } from '@campus-ecode/protocol/bill'
import type { Translate } from '../strings/translate.ts'

type Paid = Pick<BillEntry, 'channel' | 'cardTail'>

/** Where the money came from, as a person says it. */
export function channelName(
  { channel, cardTail }: Paid,
  accounts: Accounts | undefined,
  t: Translate,
): string {
  switch (channel) {
    case 'wallet':
      return t('walletBalance')
    case 'one_card':
      return t('oneCardBalance')
    case 'bank_card':
      return cardTail
        ? t('bankCardTail', { bank: bankName(cardTail, accounts, t), tail: cardTail })
        : t('bank_card')
    case null:
      return ''
    default:
      return t(channel)
  }
}

/** R13, said aloud: the wallet was short and the bank card paid the whole amount. */
export function fallbackSentence(
  { channel, cardTail }: Paid,
  accounts: Accounts | undefined,
  t: Translate,
): string | undefined {
  if (channel !== 'bank_card' || !cardTail) return undefined
  return t('paidByCard', { bank: bankName(cardTail, accounts, t), tail: cardTail })
}

function bankName(tail: string, accounts: Accounts | undefined, t: Translate): string {
  const card = accounts?.fallbackCard
  return card?.tail === tail ? card.bankName : t('bank_card')
}
