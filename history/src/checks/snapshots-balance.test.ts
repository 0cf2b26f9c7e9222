import { describe, expect, it } from 'vitest'
import type { SnapshotLine } from '../diary.ts'
import type { RecordedHistory } from '../read-history.ts'
import { found, problemsAfter } from '../testing/doctor.ts'
import { snapshotsBalance } from './snapshots-balance.ts'

const second = ({ lines }: RecordedHistory) =>
  found(lines.filter((line): line is SnapshotLine => line.line === 'snapshot')[1])

describe('snapshots', () => {
  it('add up in a correct history', () => {
    expect(problemsAfter(snapshotsBalance, () => {})).toEqual([])
  })

  it('see a wallet that changed without its posting', () => {
    const problems = problemsAfter(snapshotsBalance, (h) => second(h).walletsFen--)
    expect(problems).toEqual([expect.stringContaining('by their postings')])
  })

  it('see half a posting', () => {
    const problems = problemsAfter(snapshotsBalance, (h) => second(h).creditsFen.merchant++)
    expect(problems).toEqual([expect.stringMatching(/debits are \d+ fen, credits \d+/)])
  })

  it('see that something was taken out of the books', () => {
    const problems = problemsAfter(snapshotsBalance, (h) => {
      second(h).debitsFen.clearing += 1e6
      second(h).creditsFen.merchant += 1e6
    })
    expect(problems).toContainEqual(
      expect.stringContaining('something posted to a clearing is gone'),
    )
  })
})
