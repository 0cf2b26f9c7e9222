import { buildHistory, type HistoryBuilder } from './build-history.ts'

/** A correct history in which everything happens once; `finish` has still to be called. */
export function playEverything(): HistoryBuilder {
  const h = buildHistory()
  h.snapshot()
  // Paid by wallet, with a lost reply, repeated anew and byte by byte, with other content.
  const first = h.draw('ann')
  h.pay('t1/plain', 1_000, first, { luck: 'reply lost' })
  h.query('t1/plain')
  h.pay('t1/plain', 1_000, first)
  h.pay('t1/plain', 1_001, first)
  h.pay('t2/racer', 1_000, first)
  h.snapshot()
  // Back in part.
  h.refund('t1/plain', 'r1', 100)
  h.refund('t1/plain', 'r1', 100)
  h.refund('t1/plain', 'r1', 101)
  h.refund('t1/plain', 'r2', 900)
  h.reverse('t1/plain')
  // The bank card pays, declines, and is silent.
  h.wait(20_000)
  h.pay('t3/card', 3_000, h.draw('bob'))
  h.refund('t3/card', 'r1', 500)
  h.refund('t3/card', 'r2', 700, { bank: 'declines' })
  h.wait(20_000)
  h.pay('t3/declined', 3_000, h.draw('bob'), { bank: 'declines' })
  h.wait(20_000)
  h.pay('t3/silent', 3_000, h.draw('bob'), { bank: 'silent' })
  h.query('t3/silent')
  h.wait(20_000)
  h.pay('t3/undone-outside', 4_000, h.draw('bob'))
  h.reverse('t3/undone-outside')
  // The one-card account, and nothing behind an empty wallet.
  h.pay('t2/one-card', 2_000, h.issue('cid', 'one_card'))
  h.pay('t2/poor', 2_000, h.issue('cid'))
  // Reversed after, before and without a payment.
  h.wait(20_000)
  const late = h.draw('ann')
  h.reverse('t2/early')
  h.pay('t2/early', 500, late)
  h.pay('t1/undone', 700, late)
  h.reverse('t1/undone')
  h.reverse('t1/undone')
  h.pay('t1/undone', 700, late)
  h.pay('t1/lost', 700, h.issue('ann'), { luck: 'request lost' })
  // Between wallet and bank card: done, unheard, repeated, changed, declined, unknown, too much.
  h.transfer('top_up', 'bob', 'in-1', 800, { luck: 'reply lost' })
  h.transfer('top_up', 'bob', 'in-1', 800)
  h.transfer('top_up', 'bob', 'in-1', 801)
  h.transfer('top_up', 'bob', 'in-2', 90, { bank: 'declines' })
  h.transfer('withdrawal', 'bob', 'out-1', 300)
  h.transfer('withdrawal', 'bob', 'out-2', 70, { bank: 'declines' })
  h.transfer('withdrawal', 'bob', 'out-3', 40, { bank: 'silent' })
  h.getTransfer('bob', 'out-3')
  h.transfer('withdrawal', 'bob', 'out-4', 90_000)
  h.transfer('top_up', 'bob', 'in-3', 10, { luck: 'request lost' })
  // Limits, and codes that had their time.
  for (const no of [1, 2]) {
    h.wait(20_000)
    h.pay(`t3/big-${no}`, 20_000, h.draw('ann'))
  }
  h.wait(20_000)
  h.pay('t3/too-big', 20_001, h.draw('ann'))
  h.wait(20_000)
  h.pay('t3/over-day', 19_000, h.draw('ann'))
  const old = h.issue('ann')
  h.wait(60_000)
  h.pay('t3/expired', 100, old)
  h.snapshot()
  return h
}
