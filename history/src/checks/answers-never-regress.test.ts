import type { PaymentStatus } from '@campus-ecode/protocol/payments'
import { describe, expect, it } from 'vitest'
import { buildHistory } from '../testing/build-history.ts'
import { callOf, paymentTold, problemsAfter, problemsIn, tell } from '../testing/doctor.ts'
import { answersNeverRegress } from './answers-never-regress.ts'

/** Two queries, one after the other, that are told this. */
function queried(first: PaymentStatus, second: PaymentStatus): string[] {
  const h = buildHistory()
  h.pay('t1/a', 1_000, h.draw('ann'), { luck: 'reply lost' })
  h.query('t1/a')
  h.query('t1/a')
  const { lines, ledger, outside, journals } = h
  const recorded = { lines, ledger, outside, journals }
  paymentTold(recorded, 't1/a', 'query').status = first
  paymentTold(recorded, 't1/a', 'query', 'last').status = second
  return problemsIn(answersNeverRegress, recorded)
}

describe('answers', () => {
  it('never regress in a correct history', () => {
    expect(problemsAfter(answersNeverRegress, () => {})).toEqual([])
  })

  it.each<[PaymentStatus, PaymentStatus]>([
    ['AWAITING_PASSWORD', 'PROCESSING'],
    ['AWAITING_PASSWORD', 'PAID'],
    ['AWAITING_PASSWORD', 'REFUSED'],
    ['AWAITING_PASSWORD', 'REVERSED'],
    ['PROCESSING', 'UNKNOWN'],
    ['UNKNOWN', 'PAID'],
    ['UNKNOWN', 'REFUSED'],
    ['PAID', 'REVERSING'],
    ['REVERSING', 'REVERSED'],
    ['PAID', 'REVERSED'],
  ])('go from %s to %s', (first, second) => {
    expect(queried(first, second)).toEqual([])
  })

  it.each<[PaymentStatus, PaymentStatus]>([
    ['PAID', 'AWAITING_PASSWORD'],
    ['PROCESSING', 'AWAITING_PASSWORD'],
    ['PAID', 'PROCESSING'],
    ['PAID', 'REFUSED'],
    ['REFUSED', 'PAID'],
    ['REFUSED', 'REVERSED'],
    ['UNKNOWN', 'PROCESSING'],
    ['REVERSED', 'PAID'],
    ['REVERSED', 'REVERSING'],
    ['REVERSING', 'PAID'],
  ])('never go from %s to %s', (first, second) => {
    expect(queried(first, second)).toEqual([expect.stringContaining(`${first} was answered`)])
  })

  it('never lose an order that was known', () => {
    const problems = problemsAfter(answersNeverRegress, (h) => {
      tell(h, callOf(h, 't1/plain', 'query', 'last'), {
        outcome: 'refused',
        error: 'ORDER_NOT_FOUND',
      })
    })
    expect(problems).toContainEqual(expect.stringContaining('PAID was answered'))
  })

  it('never judge the code of an order anew', () => {
    const problems = problemsAfter(answersNeverRegress, (h) => {
      tell(h, callOf(h, 't1/undone', 'pay', 'last'), { outcome: 'refused', error: 'CODE_USED' })
    })
    expect(problems).toContainEqual(expect.stringContaining('then NONE'))
  })

  it('may come in any order from calls that were under way at once', () => {
    const h = buildHistory()
    h.pay('t1/a', 1_000, h.draw('ann'), { luck: 'reply lost' })
    h.query('t1/a')
    h.query('t1/a')
    paymentTold({ ...h }, 't1/a', 'query', 'last').status = 'PROCESSING'
    // Sent before the other was answered.
    const [replied, sent] = h.lines.splice(-3, 2)
    if (replied && sent) h.lines.splice(-1, 0, sent, replied)
    expect(problemsIn(answersNeverRegress, { ...h })).toEqual([])
  })

  it('never take a refund back', () => {
    const problems = problemsAfter(answersNeverRegress, (h) => {
      const { reply } = callOf(h, 't1/plain', 'queryRefund')
      if (reply.outcome === 'ok' && 'refund' in reply) reply.refund.status = 'DECLINED'
    })
    expect(problems).toContain('a refund was REFUNDED, then DECLINED')
  })
})
