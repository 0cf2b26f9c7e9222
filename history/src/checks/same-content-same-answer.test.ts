import { describe, expect, it } from 'vitest'
import type { Verb } from '../diary.ts'
import { buildHistory } from '../testing/build-history.ts'
import { callOf, paymentTold, problemsAfter, problemsIn, tell } from '../testing/doctor.ts'
import { sameContentSameAnswer } from './same-content-same-answer.ts'

/** The last call of this kind becomes an identical repeat of the first one. */
function repeated(order: string, verb: Verb): string[] {
  return problemsAfter(sameContentSameAnswer, (h) => {
    callOf(h, order, verb, 'last').send.repeats = callOf(h, order, verb).send.call
  })
}

describe('the same content', () => {
  it('gets the same answer in a correct history', () => {
    expect(problemsAfter(sameContentSameAnswer, () => {})).toEqual([])
  })

  it.each([
    ['paymentId', 'other'],
    ['amountFen', 1],
    ['createdAt', '2026-09-01T00:00:00.000Z'],
    ['payer', { class: 'teacher', maskedName: '某*' }],
    ['channel', 'one_card'],
  ])('is told one %s', (name, value) => {
    const problems = problemsAfter(sameContentSameAnswer, (h) => {
      Object.assign(paymentTold(h, 't1/plain', 'query'), { [name]: value })
    })
    expect(problems).toEqual([expect.stringContaining(`${name} was answered as`)])
  })

  it('ends one way only', () => {
    const problems = problemsAfter(sameContentSameAnswer, (h) => {
      tell(h, callOf(h, 't3/card', 'pay'), { outcome: 'refused', error: 'INSUFFICIENT_FUNDS' })
    })
    expect(problems).toEqual(['an order ended as INSUFFICIENT_FUNDS, and as paid'])
  })

  it('is not called other content', () => {
    const problems = problemsAfter(sameContentSameAnswer, (h) => {
      tell(h, callOf(h, 't1/undone', 'pay', 'last'), {
        outcome: 'refused',
        error: 'ORDER_NO_REUSED',
      })
    })
    expect(problems).toEqual([expect.stringContaining('was told it is another')])
  })

  it('gets the order again when its very bytes come again', () => {
    expect(repeated('t1/undone', 'pay')).toEqual([])
  })

  it('is not carried out again when its very bytes come again', () => {
    expect(repeated('t1/undone', 'reverse')).toEqual([
      expect.stringContaining('was carried out again'),
    ])
    const problems = problemsAfter(sameContentSameAnswer, (h) => {
      const again = callOf(h, 't1/undone', 'reverse', 'last')
      again.send.repeats = callOf(h, 't1/undone', 'reverse').send.call
      tell(h, again, { outcome: 'refused', error: 'SIGNATURE_REPLAYED' })
    })
    expect(problems).toEqual([])
  })

  it('is not judged anew when its very bytes come again', () => {
    const h = buildHistory()
    const code = h.draw('ann', 'wallet', 1)
    h.pay('t1/a', 100, code)
    const { send } = callOf({ ...h }, 't1/a', 'pay')
    h.pay('t1/a', 100, code, { repeats: send.call })
    expect(problemsIn(sameContentSameAnswer, h.finish())).toEqual([
      expect.stringContaining('was judged anew: CODE_EXPIRED'),
    ])
  })

  it('refunds one amount', () => {
    const problems = problemsAfter(sameContentSameAnswer, (h) => {
      const { reply } = callOf(h, 't1/plain', 'queryRefund')
      if (reply.outcome === 'ok' && 'refund' in reply) reply.refund.amountFen = 7
    })
    expect(problems).toEqual(['amountFen was answered as 100, and as 7'])
  })
})
