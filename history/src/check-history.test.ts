import { describe, expect, it } from 'vitest'
import { checkHistory } from './check-history.ts'
import { buildHistory } from './testing/build-history.ts'
import { playEverything } from './testing/play-everything.ts'

describe('the checker', () => {
  it('finds nothing in a history in which everything happens and is right', () => {
    expect(checkHistory(playEverything().finish())).toEqual([])
  })

  it('names the promise, what is wrong and whom it concerns', () => {
    const history = playEverything().finish()
    history.ledger.postings = history.ledger.postings.filter(({ kind }) => kind !== 'refund')
    expect(checkHistory(history)).toContainEqual({
      promise: 'what is paid stands in the books exactly once',
      what: 'refunds of 100 fen are settled and 0 posted',
      about: { orders: ['t1/plain'] },
    })
  })

  it('refuses to judge a diary that is wrong itself', () => {
    const history = playEverything().finish()
    const reply = history.lines.find(({ line }) => line === 'reply')
    expect(() => checkHistory({ ...history, lines: [...history.lines, reply as never] })).toThrow(
      'replied twice',
    )
    expect(() => checkHistory({ ...history, lines: history.lines.slice(1) })).toThrow('one world')
  })

  it('reads 50,000 lines in less than five seconds of a processor', () => {
    const h = buildHistory()
    for (let i = 0; h.lines.length < 50_000; i++) {
      const order = `t${1 + (i % 3)}/${i}`
      h.pay(order, 1, h.issue('ann'))
      if (i % 7 === 0) h.reverse(order)
      if (i % 5 === 0) h.query(order)
      if (i % 11 === 0) h.pay(`t1/b${i}`, 1, h.draw('bob', 'wallet', i * 10))
    }
    const history = h.finish()
    // Of the processor: others may be using it too.
    const before = process.cpuUsage()
    expect(checkHistory(history)).toEqual([])
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1e6).toBeLessThan(5)
  })
})
