import type { BankCard, Wallet } from '@campus-ecode/protocol/wallet'

/** The card that is charged when the wallet is short (R10), or any. */
export function defaultCard({ cards }: Wallet): BankCard | undefined {
  return cards.find((card) => card.isDefault) ?? cards[0]
}
