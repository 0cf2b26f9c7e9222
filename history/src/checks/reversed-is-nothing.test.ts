import { describe, expect, it } from 'vitest'
import {
  callOf,
  found,
  paymentTold,
  postingsOf,
  problemsAfter,
  rowOf,
  tell,
} from '../testing/doctor.ts'
import { reversedIsNothing } from './reversed-is-nothing.ts'

describe('a reversed order', () => {
  it('is nothing in a correct history', () => {
    expect(problemsAfter(reversedIsNothing, () => {})).toEqual([])
  })

  it('is found when its money did not come back', () => {
    const problems = problemsAfter(reversedIsNothing, (h) => {
      const reversal = postingsOf(h, 't1/undone').find(({ kind }) => kind === 'reversal')
      h.ledger.postings = h.ledger.postings.filter((posting) => posting !== reversal)
    })
    expect(problems).toEqual([
      'a REVERSED order left -634 fen at wallet/ann',
      'a REVERSED order left 634 fen at merchant/canteen',
    ])
  })

  it('is found when its money came back to somebody else', () => {
    const problems = problemsAfter(reversedIsNothing, (h) => {
      const postings = postingsOf(h, 't1/undone')
      found(postings.find(({ kind }) => kind === 'reversal')).credit_account = 'wallet/bob'
    })
    expect(problems).toContain('a REVERSED order left 634 fen at wallet/bob')
  })

  it('stays reversed for whoever was told so', () => {
    const problems = problemsAfter(reversedIsNothing, (h) => {
      rowOf(h, 't2/early').status = 'PAID'
    })
    expect(problems).toEqual(['it was answered as REVERSED, the books have it as PAID'])
  })

  it('is what a reversal answers', () => {
    const problems = problemsAfter(reversedIsNothing, (h) => {
      paymentTold(h, 't1/undone', 'reverse').status = 'PAID'
    })
    expect(problems).toEqual(['a reversal was answered with PAID'])
  })

  it('is never denied to who asks for it, unless it was refunded', () => {
    const problems = problemsAfter(reversedIsNothing, (h) => {
      tell(h, callOf(h, 't2/early', 'reverse'), { outcome: 'refused', error: 'ORDER_NOT_FOUND' })
    })
    expect(problems).toEqual(['a reversal was refused: ORDER_NOT_FOUND'])
  })

  it('like a refused one has no postings and no refunds', () => {
    const problems = problemsAfter(reversedIsNothing, (h) => {
      rowOf(h, 't3/card').status = 'REFUSED'
    })
    expect(problems).toContain('a refused order is posted')
    expect(problems).toContain('a REFUSED order was refunded as well')
  })
})
