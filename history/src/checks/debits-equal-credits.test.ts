import { describe, expect, it } from 'vitest'
import { found, problemsAfter } from '../testing/doctor.ts'
import { debitsEqualCredits } from './debits-equal-credits.ts'

describe('debits equal credits', () => {
  it('holds in a correct history', () => {
    expect(problemsAfter(debitsEqualCredits, () => {})).toEqual([])
  })

  it('sees a balance that changed without a posting', () => {
    const problems = problemsAfter(debitsEqualCredits, ({ ledger }) => {
      found(ledger.payers[0]).wallet_fen += 1
    })
    expect(problems).toEqual([expect.stringContaining('have not what came in')])
  })

  it('sees a posting that is gone', () => {
    const problems = problemsAfter(debitsEqualCredits, ({ ledger }) => ledger.postings.shift())
    expect(problems).toEqual([expect.stringContaining('have not what came in')])
  })

  it('sees one that stands there twice', () => {
    const problems = problemsAfter(debitsEqualCredits, ({ ledger }) => {
      ledger.postings.push(found(ledger.postings.at(-1)))
    })
    expect(problems).toContainEqual(expect.stringContaining('stands in the books twice'))
  })

  it.each([0, -1, 1.5])('sees one of %s fen', (fen) => {
    const problems = problemsAfter(debitsEqualCredits, ({ ledger }) => {
      found(ledger.postings.at(-1)).amount_fen = fen
    })
    expect(problems).toContainEqual(expect.stringContaining(`moves ${fen} fen`))
  })

  it('sees money at an account of nobody', () => {
    const problems = problemsAfter(debitsEqualCredits, ({ ledger }) => {
      found(ledger.postings.at(-1)).credit_account = 'merchant/nobody'
    })
    expect(problems).toContain('nobody owns the account merchant/nobody')
  })
})
