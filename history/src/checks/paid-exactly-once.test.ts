import { describe, expect, it } from 'vitest'
import { found, paymentTold, postingsOf, problemsAfter, rowOf } from '../testing/doctor.ts'
import { paidExactlyOnce } from './paid-exactly-once.ts'

describe('what is paid', () => {
  it('stands in the books once in a correct history', () => {
    expect(problemsAfter(paidExactlyOnce, () => {})).toEqual([])
  })

  it('is missed when its posting is gone', () => {
    const problems = problemsAfter(paidExactlyOnce, (h) => {
      const posting = postingsOf(h, 't1/plain').find(({ kind }) => kind === 'payment')
      h.ledger.postings = h.ledger.postings.filter((one) => one !== posting)
    })
    expect(problems).toEqual([
      'a paid order is posted 0 times',
      'an order that a till saw as paid is posted 0 times',
    ])
  })

  it('is missed when the whole order is gone', () => {
    const problems = problemsAfter(paidExactlyOnce, (h) => {
      const gone = rowOf(h, 't3/card')
      h.ledger.payments = h.ledger.payments.filter((row) => row !== gone)
    })
    expect(problems).toContain('an order that a till saw as paid is not in the books')
  })

  it('is found to be there twice', () => {
    const problems = problemsAfter(paidExactlyOnce, (h) => {
      const posting = found(postingsOf(h, 't3/card').find(({ kind }) => kind === 'payment'))
      h.ledger.postings.push({ ...posting, transaction_id: 'again' })
    })
    expect(problems).toContain('a paid order is posted 2 times')
  })

  it('is compared with what the till saw', () => {
    const problems = problemsAfter(paidExactlyOnce, (h) => {
      paymentTold(h, 't3/card', 'pay').amountFen = 3_001
    })
    expect(problems).toEqual(['a till saw 3001 fen paid, the books have 3000'])
  })

  it('is the price for the class of the payer, to the fen', () => {
    const problems = problemsAfter(paidExactlyOnce, (h) => {
      rowOf(h, 't1/plain').amount_fen = 904
    })
    expect(problems).toEqual([
      '905 fen are due for a list price of 1000: the order has 904, its posting 905',
    ])
  })

  it('was paid by the owner of the code, to the merchant of the till', () => {
    const problems = problemsAfter(paidExactlyOnce, (h) => {
      const [paid] = postingsOf(h, 't3/card')
      found(paid).debit_account = 'clearing/one_card'
      found(paid).credit_account = 'merchant/canteen'
      rowOf(h, 't1/plain').person_id = 'bob'
    })
    expect(problems).toContain('it was paid from clearing/one_card where clearing/bank was to pay')
    expect(problems).toContain('merchant/canteen was paid at a till of shop')
    expect(problems).toContain('by a code of ann another person was charged')
  })

  it('was paid from the account that the code names', () => {
    const problems = problemsAfter(paidExactlyOnce, (h) => {
      rowOf(h, 't2/one-card').account = 'wallet'
    })
    expect(problems).toContain('a code of one_card was charged to wallet')
  })

  it('is not there for an order that was never paid', () => {
    const problems = problemsAfter(paidExactlyOnce, (h) => {
      rowOf(h, 't3/card').paid_at = null
    })
    expect(problems).toContain('an order that was never paid is posted')
  })

  it('is given back once, to whom it came from', () => {
    const problems = problemsAfter(paidExactlyOnce, (h) => {
      found(postingsOf(h, 't3/card').find(({ kind }) => kind === 'refund')).credit_account =
        'clearing/one_card'
      const posting = found(postingsOf(h, 't1/plain').find(({ kind }) => kind === 'refund'))
      h.ledger.postings.push({ ...posting, transaction_id: 'again' })
    })
    expect(problems).toContain('a refund went from or to somebody else')
    expect(problems).toContain('refunds of 100 fen are settled and 100 + 100 posted')
  })

  it('bounds what is given back', () => {
    const problems = problemsAfter(paidExactlyOnce, (h) => {
      found(h.ledger.refunds[0]).amount_fen = 906
      rowOf(h, 't1/plain').refunded_fen = 906
    })
    expect(problems).toContain('refunds of 906 fen stand against an order of 905 that says 906')
  })

  it('shows a refund that a till saw and the books have not', () => {
    const problems = problemsAfter(paidExactlyOnce, (h) => {
      found(h.ledger.refunds[0]).status = 'PROCESSING'
    })
    expect(problems).toContainEqual(expect.stringContaining('a till saw 100 fen refunded'))
  })
})
