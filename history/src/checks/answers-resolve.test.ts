import { describe, expect, it } from 'vitest'
import { callOf, found, paymentTold, problemsAfter, rowOf, tell } from '../testing/doctor.ts'
import { answersResolve } from './answers-resolve.ts'

describe('answers', () => {
  it('resolve to the books in a correct history', () => {
    expect(problemsAfter(answersResolve, () => {})).toEqual([])
  })

  it.each(['AWAITING_PASSWORD', 'PROCESSING', 'UNKNOWN', 'REVERSING'])(
    'do not end as %s',
    (status) => {
      const problems = problemsAfter(answersResolve, (h) => {
        rowOf(h, 't3/silent').status = status
      })
      expect(problems).toEqual([`an order is still ${status}`])
    },
  )

  it('are asked for in the end', () => {
    const problems = problemsAfter(answersResolve, (h) => {
      tell(h, callOf(h, 't1/plain', 'query', 'last'), { outcome: 'info', why: 'silence' })
    })
    expect(problems).toEqual(['nobody asked in the end what had become of an order'])
  })

  it.each([
    ['status', 'REFUSED'],
    ['amountFen', 1],
    ['listFen', 1],
    ['paymentId', 'other'],
    ['channel', 'one_card'],
    ['refundedFen', 1],
  ])('say of %s what the books say', (name, value) => {
    const problems = problemsAfter(answersResolve, (h) => {
      Object.assign(paymentTold(h, 't3/card', 'query', 'last'), { [name]: value })
    })
    expect(problems).toEqual([expect.stringContaining(`the last query says ${name} is ${value}`)])
  })

  it('say why an order was refused', () => {
    const problems = problemsAfter(answersResolve, (h) => {
      found(paymentTold(h, 't2/poor', 'query').refusal ?? undefined).code = 'CARD_LOCKED'
    })
    expect(problems).toEqual([expect.stringContaining('CARD_LOCKED')])
  })

  it('find an order if and only if the books have it', () => {
    const problems = problemsAfter(answersResolve, (h) => {
      tell(h, callOf(h, 't1/plain', 'query', 'last'), {
        outcome: 'refused',
        error: 'ORDER_NOT_FOUND',
      })
      const gone = rowOf(h, 't3/declined')
      h.ledger.payments = h.ledger.payments.filter((row) => row !== gone)
    })
    expect(problems).toContain('the last query finds no order, the books have one that is PAID')
    expect(problems).toContain('the last query says REFUSED, the books have no such order')
  })

  it('say of refunds what the books say', () => {
    const problems = problemsAfter(answersResolve, (h) => {
      const [first, second, third] = h.ledger.refunds
      found(first).status = 'PROCESSING'
      found(second).status = 'DECLINED'
      tell(h, callOf(h, 't3/card', 'queryRefund', 'last'), {
        outcome: 'refused',
        error: 'REFUND_NOT_FOUND',
      })
      found(third)
    })
    expect(problems).toContain('a refund is still undecided')
    expect(problems).toContain('the last query says a refund is REFUNDED, the books DECLINED')
    expect(problems).toContain('the last query does not find a refund that the books have')
  })

  it('leave no refund out of the books', () => {
    const problems = problemsAfter(answersResolve, ({ ledger }) => ledger.refunds.shift())
    expect(problems).toEqual(['a refund that was answered is not in the books'])
  })
})
