import { describe, expect, it } from 'vitest'
import type { RecordedHistory } from '../read-history.ts'
import { found, problemsAfter } from '../testing/doctor.ts'
import { transfersOnce } from './transfers-once.ts'

const movement = (h: RecordedHistory, id: string) =>
  found(h.ledger.movements.find(({ movement_id }) => movement_id === id))
const posting = (h: RecordedHistory, kind: string) =>
  found(h.ledger.postings.find((row) => row.kind === kind))
const dropPosting = (h: RecordedHistory, kind: string) => {
  const gone = posting(h, kind)
  h.ledger.postings = h.ledger.postings.filter((row) => row !== gone)
}
const move = (h: RecordedHistory, reference: string) =>
  found(h.outside.find((one) => one.reference === reference))

describe('transfers', () => {
  it('are done once or not at all in a correct history', () => {
    expect(problemsAfter(transfersOnce, () => {})).toEqual([])
  })

  it.each<[string, (h: RecordedHistory) => void, string]>([
    [
      'paid out twice',
      (h) => h.outside.push({ ...move(h, 'wd-out-1') }),
      '-600 fen moved outside for a withdrawal that succeeded: -300 were due',
    ],
    [
      'paid out though it was given back',
      (h) => h.outside.push({ ...move(h, 'wd-out-1'), reference: 'wd-out-2', amountFen: -70 }),
      '-70 fen moved outside for a withdrawal that declined: 0 were due',
    ],
    [
      'taken from the card for nothing',
      (h) => h.outside.push({ ...move(h, 'top-in-1'), reference: 'top-in-2', amountFen: 90 }),
      '90 fen moved outside for a top_up that declined: 0 were due',
    ],
    [
      'undecided for ever',
      (h) => {
        movement(h, 'out-3').state = 'open'
      },
      'a withdrawal is still undecided',
    ],
    [
      'declined and not given back',
      (h) => dropPosting(h, 'withdrawal_voided'),
      'a person has 1 postings of a withdrawal_voided of 70 fen too few',
    ],
    [
      'paid out and never posted',
      (h) => dropPosting(h, 'withdrawal_posted'),
      'a person has 1 postings of a withdrawal_posted of 300 fen too few',
    ],
    [
      'credited twice',
      (h) => {
        const topUp = found(
          h.ledger.postings.find((row) => row.kind === 'top_up' && row.amount_fen === 800),
        )
        h.ledger.postings.push({ ...topUp })
      },
      'a person has 1 postings of a top_up of 800 fen too many',
    ],
  ])('are noticed when one is %s', (_, doctor, problem) => {
    expect(problemsAfter(transfersOnce, doctor)).toContain(problem)
  })
})
