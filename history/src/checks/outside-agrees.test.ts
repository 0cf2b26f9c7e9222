import { describe, expect, it } from 'vitest'
import type { RecordedHistory } from '../read-history.ts'
import { found, problemsAfter, rowOf } from '../testing/doctor.ts'
import { outsideAgrees } from './outside-agrees.ts'

const debitOf = (h: RecordedHistory, order: string) => {
  const reference = `pay-${rowOf(h, order).payment_id}`
  return found(h.outside.find((move) => move.reference === reference && move.amountFen > 0))
}

describe('the outside systems', () => {
  it('agree with clearing in a correct history', () => {
    expect(problemsAfter(outsideAgrees, () => {})).toEqual([])
  })

  it('disagree when a debit was taken that the books do not have', () => {
    const problems = problemsAfter(outsideAgrees, (h) => {
      rowOf(h, 't3/card').status = 'REFUSED'
    })
    expect(problems).toEqual(['2500 fen moved outside for an order that is REFUSED: 0 were due'])
  })

  it('disagree when the books have a debit that was not taken', () => {
    const problems = problemsAfter(outsideAgrees, (h) => {
      const gone = debitOf(h, 't2/one-card')
      h.outside = h.outside.filter((move) => move !== gone)
    })
    expect(problems).toEqual([
      'one_card took -2000 fen from a person that clearing does not have',
      '0 fen moved outside for an order that is PAID: 2000 were due',
    ])
  })

  it('disagree when the wrong person paid', () => {
    const problems = problemsAfter(outsideAgrees, (h) => {
      debitOf(h, 't3/card').account = 'card-ann'
    })
    expect(problems).toContain('bank took 3000 fen from a person that clearing does not have')
  })

  it('disagree when money moved under another reference, or at an account of nobody', () => {
    const problems = problemsAfter(outsideAgrees, (h) => {
      h.outside.push({ port: 'bank', account: 'card-bob', reference: 'again', amountFen: 3_000 })
      debitOf(h, 't2/one-card').account = 'n9'
    })
    expect(problems).toContain('bank moved money under again, which the books do not know')
    expect(problems).toContain('money moved at an account of nobody')
  })

  it('disagree when a reversal gave nothing back', () => {
    const problems = problemsAfter(outsideAgrees, (h) => {
      const { reference } = debitOf(h, 't3/undone-outside')
      h.outside = h.outside.filter((move) => move.reference !== reference || move.amountFen > 0)
    })
    expect(problems).toContain('4000 fen moved outside for an order that is REVERSED: 0 were due')
  })
})
