import type { BalanceAnswer, PortAnswer } from '../../ports/debit-port.ts'

/** A one-card system that answers a question for a balance with what a test says. */
export function createKnownOneCard() {
  const known = {
    answer: { ok: false, reason: 'UNKNOWN' } as PortAnswer<BalanceAnswer>,
    balance: async () => known.answer,
  }
  return known
}
