import { describe, expect, it } from 'vitest'
import { callOf, found, postingsOf, problemsAfter, rowOf, tell } from '../testing/doctor.ts'
import { onePostingEach } from './one-posting-each.ts'

describe('one posting each', () => {
  it('is so in a correct history', () => {
    expect(problemsAfter(onePostingEach, () => {})).toEqual([])
  })

  it('sees an order with two rows', () => {
    const problems = problemsAfter(onePostingEach, (h) => {
      h.ledger.payments.push({ ...rowOf(h, 't1/plain') })
    })
    expect(problems).toContain('an order has 2 rows')
  })

  it('sees a refund number with two rows', () => {
    const problems = problemsAfter(onePostingEach, ({ ledger }) => {
      ledger.refunds.push({ ...found(ledger.refunds[0]), refund_id: 'again' })
    })
    expect(problems).toEqual(['refund r1 of an order has 2 rows'])
  })

  it.each(['payment', 'reversal'])('sees a second %s of an order', (kind) => {
    const problems = problemsAfter(onePostingEach, (h) => {
      h.ledger.postings.push(found(postingsOf(h, 't1/undone').find((one) => one.kind === kind)))
    })
    expect(problems).toEqual([`an order has 2 postings of a ${kind}`])
  })

  it.each(['PAID', 'REFUSED'])('sees a code that was spent twice, once by a %s order', (status) => {
    const problems = problemsAfter(onePostingEach, (h) => {
      const refusal = status === 'REFUSED' ? 'OVER_DAILY_LIMIT' : null
      const row = { ...rowOf(h, 't1/plain'), terminal_id: 't2', order_no: 'racer', status, refusal }
      h.ledger.payments.push({ ...row, payment_id: 'other' })
      tell(h, callOf(h, 't2/racer', 'pay'), { outcome: 'info', why: 'silence' })
    })
    expect(problems).toEqual(['code 1 was spent by 2 orders'])
  })

  it('sees a reference that was debited twice', () => {
    const problems = problemsAfter(onePostingEach, (h) => {
      const { payment_id } = rowOf(h, 't3/card')
      h.outside.push(found(h.outside.find(({ reference }) => reference === `pay-${payment_id}`)))
    })
    expect(problems).toContainEqual(expect.stringMatching(/was debited 2 times$/))
  })

  it('sees a reference that two movements share, and a debit of no order', () => {
    const problems = problemsAfter(onePostingEach, (h) => {
      const debit = found(h.ledger.movements.find(({ kind }) => kind === 'debit'))
      h.ledger.movements.push({ ...debit, movement_id: 'stray' })
    })
    expect(problems).toContainEqual(expect.stringContaining('2 movements are known as bank pay-'))
    expect(problems).toContainEqual(expect.stringMatching(/^the debit pay-.* is of no order$/))
  })
})
