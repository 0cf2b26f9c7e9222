import { expect, it } from 'vitest'
import { readOutsideMoves } from './outside-moves.ts'

const entry = (kind: string, reference: string, amountFen: number, more: object = {}) => {
  return { at: '2026-01-01T00:00:00Z', kind, reference, account: 'card', amountFen, ...more }
}

it('counts money that moved, and none that was asked for, declined or only held', () => {
  const journal = [
    entry('opened', '', 900),
    entry('accepted', 'pay-1', 10),
    entry('debited', 'pay-1', 10),
    entry('declined', 'pay-2', 20),
    entry('refund_accepted', 'pay-1', 4, { refundReference: 'refund-1' }),
    entry('refunded', 'pay-1', 4, { refundReference: 'refund-1' }),
    entry('refund_declined', 'pay-1', 3, { refundReference: 'refund-2' }),
    entry('payout_accepted', 'wd-1', 7),
    entry('paid_out', 'wd-1', 7),
    entry('payout_declined', 'wd-2', 8),
    entry('payout_cancelled', 'wd-3', 0, { account: '' }),
  ]
  expect(readOutsideMoves('bank', journal)).toEqual([
    { port: 'bank', account: 'card', reference: 'pay-1', amountFen: 10 },
    { port: 'bank', account: 'card', reference: 'refund-1', amountFen: -4 },
    { port: 'bank', account: 'card', reference: 'wd-1', amountFen: -7 },
  ])
})

it('gives back by a reversal what was taken, once, and nothing where nothing was', () => {
  const journal = [
    entry('reversed', 'pay-0', 0, { account: '' }),
    entry('accepted', 'pay-3', 30),
    entry('reversed', 'pay-3', 30),
    entry('debited', 'pay-1', 10),
    entry('reversed', 'pay-1', 10),
    entry('reversed', 'pay-1', 10),
  ]
  expect(readOutsideMoves('one_card', journal).map(({ amountFen }) => amountFen)).toEqual([10, -10])
})

it('shows a debit that was taken twice under one reference', () => {
  const journal = [entry('debited', 'pay-1', 10), entry('debited', 'pay-1', 10)]
  expect(readOutsideMoves('bank', journal)).toHaveLength(2)
})
