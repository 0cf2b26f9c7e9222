import { describe, expect, it } from 'vitest'
import type { RecordedHistory } from '../read-history.ts'
import { found, problemsAfter } from '../testing/doctor.ts'
import { walletChains } from './wallet-chains.ts'

const ofAnn = ({ ledger }: RecordedHistory) =>
  ledger.postings.filter(({ wallet_version, person_id }) => wallet_version && person_id === 'ann')

describe('wallet chains', () => {
  it('hold in a correct history', () => {
    expect(problemsAfter(walletChains, () => {})).toEqual([])
  })

  it('see a gap', () => {
    const problems = problemsAfter(walletChains, (h) => {
      found(ofAnn(h).at(-1)).wallet_version = 99
    })
    expect(problems).toContainEqual(expect.stringContaining('has version 99'))
  })

  it('see a number that was used twice', () => {
    const problems = problemsAfter(walletChains, (h) => {
      found(ofAnn(h)[1]).wallet_version = 1
    })
    expect(problems).toContain('posting 2 of a wallet has version 1')
  })

  it('see a balance that the posting does not leave', () => {
    const problems = problemsAfter(walletChains, (h) => {
      found(ofAnn(h)[2]).wallet_fen = 1
    })
    expect(problems).toContainEqual(expect.stringContaining('version 3 of a wallet says 1 fen'))
  })

  it('see a wallet that is not what its postings come to, or counts others', () => {
    const problems = problemsAfter(walletChains, ({ ledger }) => {
      found(ledger.payers[0]).wallet_fen--
      found(ledger.payers[1]).wallet_version++
    })
    expect(problems).toHaveLength(2)
  })

  it('see a balance below zero, even if it rises again', () => {
    const problems = problemsAfter(walletChains, (h) => {
      const [topUp, ...rest] = ofAnn(h)
      const fen = found(topUp).amount_fen
      found(topUp).amount_fen = 10
      found(topUp).wallet_fen = 10
      for (const posting of rest) posting.wallet_fen = (posting.wallet_fen ?? 0) - fen + 10
    })
    expect(problems).toContainEqual(expect.stringMatching(/version 2 of a wallet is -\d+ fen/))
  })

  it('see a wallet posting without a number, and a number without a wallet', () => {
    const problems = problemsAfter(walletChains, (h) => {
      const last = found(ofAnn(h).at(-1))
      last.wallet_version = null
      const clearing = found(h.ledger.postings.find((posting) => posting.wallet_version === null))
      clearing.wallet_version = 1
    })
    expect(problems).toContainEqual(expect.stringContaining('version null of wallet/ann'))
  })

  it('see a posting to the wallet of somebody else', () => {
    const problems = problemsAfter(walletChains, (h) => {
      found(ofAnn(h).at(-1)).credit_account = 'wallet/bob'
    })
    expect(problems).toContainEqual(expect.stringContaining('wallet/bob'))
  })
})
