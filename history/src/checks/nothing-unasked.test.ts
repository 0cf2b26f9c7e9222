import { describe, expect, it } from 'vitest'
import { buildHistory } from '../testing/build-history.ts'
import { callOf, found, problemsAfter, problemsIn, rowOf, tell } from '../testing/doctor.ts'
import { nothingUnasked } from './nothing-unasked.ts'

describe('nothing unasked', () => {
  it('is in a correct history', () => {
    expect(problemsAfter(nothingUnasked, () => {})).toEqual([])
  })

  it('sees an order that nobody asked for', () => {
    const problems = problemsAfter(nothingUnasked, (h) => {
      h.ledger.payments.push({ ...rowOf(h, 't1/plain'), order_no: 'own-idea' })
    })
    expect(problems).toEqual([expect.stringContaining('nobody asked for this PAID order')])
  })

  it('sees one of another amount, person or account than was asked for', () => {
    for (const change of [{ list_fen: 999 }, { person_id: 'bob' }, { account: 'one_card' }]) {
      const problems = problemsAfter(nothingUnasked, (h) => {
        Object.assign(rowOf(h, 't1/plain'), change)
      })
      expect(problems).toHaveLength(1)
    }
  })

  it('sees one that comes from a call which was turned away', () => {
    const problems = problemsAfter(nothingUnasked, (h) => {
      const row = { ...rowOf(h, 't1/plain'), order_no: 'expired', terminal_id: 't3' }
      h.ledger.payments.push({ ...row, list_fen: 100, payment_id: 'other' })
    })
    expect(problems).toHaveLength(1)
  })

  it('takes an identical repeat of a refused call for no new wish', () => {
    const h = buildHistory()
    const early = h.draw('ann', 'wallet', Math.floor(h.nowMs / 10_000) + 3)
    h.pay('t1/a', 100, early)
    const { send } = callOf({ ...h }, 't1/a', 'pay')
    h.wait(30_000)
    h.pay('t1/a', 100, early, { repeats: send.call })
    expect(problemsIn(nothingUnasked, h.finish())).toHaveLength(1)
  })

  it('sees an order older than its first call', () => {
    const problems = problemsAfter(nothingUnasked, (h) => {
      rowOf(h, 't3/card').created_at = '2026-09-01T03:59:00.000Z'
    })
    expect(problems).toEqual(['the order is older than the first call that asked for it'])
  })

  it('sees a reversal, a tombstone and a refund that nobody asked for', () => {
    const problems = problemsAfter(nothingUnasked, (h) => {
      rowOf(h, 't3/card').status = 'REVERSED'
      h.ledger.payments.push({ ...rowOf(h, 't2/early'), order_no: 'other' })
      found(h.ledger.refunds[0]).amount_fen = 99
    })
    expect(problems).toContain('nobody asked for the reversal')
    expect(problems).toContainEqual(expect.stringContaining('this tombstone'))
    expect(problems).toContain('nobody asked for a refund of 99 fen')
  })

  it('sees what a refused reversal did all the same', () => {
    const problems = problemsAfter(nothingUnasked, (h) => {
      tell(h, callOf(h, 't3/undone-outside', 'reverse'), {
        outcome: 'refused',
        error: 'ORDER_REFUNDED',
      })
    })
    expect(problems).toEqual(['nobody asked for the reversal'])
  })

  it('sees a reversal posted for an order that stands', () => {
    const problems = problemsAfter(nothingUnasked, (h) => {
      rowOf(h, 't1/undone').status = 'PAID'
    })
    expect(problems).toEqual(['an order that is PAID has the posting of a reversal'])
  })

  it('sees money that came from nowhere', () => {
    const problems = problemsAfter(nothingUnasked, ({ ledger }) => {
      found(ledger.postings[0]).amount_fen += 100
      found(ledger.postings.at(-1)).payment_id = 'unknown'
    })
    expect(problems).toContain('a wallet that began with 60000 fen was topped up by 60100')
    expect(problems).toContainEqual(expect.stringContaining('is about no order'))
  })

  it('sees a transfer of which nobody knows, and one that only turned-away calls were about', () => {
    const unknown = problemsAfter(nothingUnasked, ({ ledger }) => {
      const row = found(ledger.movements.find(({ movement_id }) => movement_id === 'out-1'))
      row.movement_id = 'out-x'
    })
    expect(unknown).toContain(
      'nobody asked for this withdrawal of 300 fen, or whoever did was turned away',
    )
    const changed = problemsAfter(nothingUnasked, ({ ledger }) => {
      found(ledger.movements.find(({ movement_id }) => movement_id === 'in-1')).amount_fen = 801
    })
    expect(changed).toContain(
      'nobody asked for this top_up of 801 fen, or whoever did was turned away',
    )
  })
})
