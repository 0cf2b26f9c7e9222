import { describe, expect, it } from 'vitest'
import { callOf, paymentTold, problemsAfter, rowOf, tell } from '../testing/doctor.ts'
import { changedContentRefused } from './changed-content-refused.ts'

describe('changed content', () => {
  it('is refused in a correct history', () => {
    expect(problemsAfter(changedContentRefused, () => {})).toEqual([])
  })

  it('is found when it was answered like the first one', () => {
    const problems = problemsAfter(changedContentRefused, (h) => {
      const { send, reply } = callOf(h, 't1/plain', 'pay', 'last')
      const payment = paymentTold(h, 't1/plain', 'query')
      const answer = { line: 'reply', call: send.call, atMs: reply.atMs, outcome: 'ok', payment }
      h.lines[h.lines.indexOf(reply)] = answer as never
    })
    expect(problems).toEqual([
      'one order was taken with 1000 fen by code 1, and with 1001 fen by code 1',
    ])
  })

  it('is found when it was refused as if it were the first', () => {
    const problems = problemsAfter(changedContentRefused, (h) => {
      tell(h, callOf(h, 't1/plain', 'pay', 'last'), {
        outcome: 'refused',
        error: 'OVER_DAILY_LIMIT',
      })
    })
    expect(problems).toHaveLength(1)
  })

  it('is found in the books', () => {
    for (const change of [{ list_fen: 1_001 }, { person_id: 'bob' }]) {
      const problems = problemsAfter(changedContentRefused, (h) => {
        Object.assign(rowOf(h, 't3/card'), { list_fen: 3_000, person_id: 'bob' })
        Object.assign(rowOf(h, 't1/plain'), change)
      })
      expect(problems).toEqual([
        expect.stringContaining('an order was taken with 1000 fen by code 1'),
      ])
    }
  })

  it('of a refund is found in answers and in the books', () => {
    const problems = problemsAfter(changedContentRefused, (h) => {
      const { send } = callOf(h, 't3/card', 'refund')
      if (send.verb === 'refund') send.amountFen = 501
    })
    expect(problems).toEqual([
      'a refund of 501 fen was answered as one of 500',
      'a refund of 501 fen was taken, the books have 500',
    ])
  })
})
