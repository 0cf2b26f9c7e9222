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
  playWaiting(h)
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

/** What asks for the password (R23), of Dan and of Eve. */
function playWaiting(h: HistoryBuilder): void {
  const scan = (order: string, listFen = 25_000, person = 'dan') => {
    h.wait(20_000)
    h.pay(order, listFen, h.draw(person))
  }
  // Paid after a wrong password, unheard, repeated; asked about all the while, and reversed.
  scan('t3/asked')
  h.query('t3/asked')
  const own = h.approve('t3/asked', 1)
  const second = h.approve('t3/asked')
  h.confirm('t3/asked', own, { luck: 'reply lost' })
  h.confirm('t3/asked', own)
  h.confirm('t3/asked', second)
  h.query('t3/asked')
  h.reverse('t3/asked')
  h.confirm('t3/asked', own)
  // By another order's approval, and by its own; by shown digits; from outside, and declined there.
  scan('t3/great', 45_000)
  scan('t3/small')
  const small = h.approve('t3/small')
  h.confirm('t3/great', small)
  h.confirm('t3/small', small)
  h.confirm('t3/great', h.approve('t3/great'))
  h.pay('t3/shown', 100, h.issue('dan', 'wallet', true))
  h.confirm('t3/shown', h.approve('t3/shown'))
  for (const bank of ['pays', 'declines', 'silent'] as const) {
    h.pay(`t3/outside-${bank}`, 21_000, h.issue('dan', 'one_card'))
    const approvalId = h.approve(`t3/outside-${bank}`)
    h.confirm(`t3/outside-${bank}`, approvalId, { bank })
    h.confirm(`t3/outside-${bank}`, approvalId)
  }
  // Declined, left alone until it is too late, cancelled by the till, and with a locked card.
  scan('t3/no')
  h.decline('t3/no')
  h.decline('t3/no')
  scan('t3/ignored')
  const late = h.approve('t3/ignored')
  h.wait(46_000)
  h.confirm('t3/ignored', late)
  scan('t3/cancelled')
  const cancelled = h.approve('t3/cancelled')
  h.reverse('t3/cancelled')
  h.confirm('t3/cancelled', cancelled)
  h.decline('t3/cancelled')
  scan('t3/locked')
  const locked = h.approve('t3/locked')
  h.lock('dan')
  h.confirm('t3/locked', locked)
  h.unlock('dan', h.approveUnlock('dan'))
  // Others come to the day's limit meanwhile, or take the balance.
  scan('t3/first', 21_000, 'eve')
  scan('t3/beside', 19_000, 'eve')
  scan('t3/full', 10_000, 'eve')
  h.confirm('t3/first', h.approve('t3/first'))
  h.reverse('t3/first')
  h.reverse('t3/beside')
  scan('t3/last', 22_000, 'eve')
  h.pay('t3/drains-1', 19_000, h.issue('eve'))
  h.pay('t3/drains-2', 3_000, h.issue('eve'))
  h.confirm('t3/last', h.approve('t3/last'))
}
