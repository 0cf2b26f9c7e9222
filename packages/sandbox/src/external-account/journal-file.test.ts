import { describe, expect, test } from 'vitest'
import type { JournalEntry } from './book-state.ts'
import { isOver, linesOfDay } from './journal-file.ts'

const entry = (at: string, kind: JournalEntry['kind'], reference: string, more = {}) => ({
  ...{ at, kind, reference, account: 'tok-1', amountFen: 100 },
  ...more,
})

describe('the daily file', () => {
  const entries = [
    entry('2026-08-31T15:59:59.999Z', 'debited', 'pay-before'),
    entry('2026-08-31T16:00:00.000Z', 'opened', ''),
    entry('2026-08-31T16:00:00.000Z', 'debited', 'pay-first'),
    entry('2026-09-01T01:00:00.000Z', 'declined', 'pay-declined'),
    entry('2026-09-01T02:00:00.000Z', 'accepted', 'pay-undecided'),
    entry('2026-09-01T02:00:01.000Z', 'reversed', 'pay-undecided'),
    entry('2026-09-01T02:00:02.000Z', 'reversed', 'pay-never', { account: '', amountFen: 0 }),
    entry('2026-09-01T03:00:00.000Z', 'reversed', 'pay-before'),
    entry('2026-09-01T04:00:00.000Z', 'refunded', 'pay-first', {
      ...{ refundReference: 'refund-1', amountFen: 40 },
    }),
    entry('2026-09-01T05:00:00.000Z', 'paid_out', 'out-1'),
    entry('2026-09-01T16:00:00.000Z', 'debited', 'pay-after'),
  ]

  test('has what moved money on the day in Shanghai, and nothing that came to nothing', () => {
    expect(linesOfDay(entries, '2026-09-01')).toEqual([
      { at: '2026-09-01T00:00:00+08:00', kind: 'DEBIT', reference: 'pay-first', amountFen: 100 },
      {
        at: '2026-09-01T11:00:00+08:00',
        kind: 'REVERSAL',
        reference: 'pay-before',
        amountFen: 100,
      },
      { at: '2026-09-01T12:00:00+08:00', kind: 'REFUND', reference: 'refund-1', amountFen: 40 },
      { at: '2026-09-01T13:00:00+08:00', kind: 'PAYOUT', reference: 'out-1', amountFen: 100 },
    ])
  })

  test('is whole once the day is over in Shanghai', () => {
    expect(isOver('2026-09-01', new Date('2026-09-01T15:59:59Z'))).toBe(false)
    expect(isOver('2026-09-01', new Date('2026-09-01T16:00:00Z'))).toBe(true)
  })
})
