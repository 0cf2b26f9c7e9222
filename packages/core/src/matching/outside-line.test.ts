import { describe, expect, it } from 'vitest'
import { referenceOfLateRefund } from '../ports/foreign-code-port.ts'
import type { TradeBillRow } from '../ports/wechat-pay/trade-bill.ts'
import { readOutsideLines, readTradeLines } from './outside-line.ts'

const row = (more: Partial<TradeBillRow>): TradeBillRow => ({
  ...{ at: '2026-09-01 12:00:00', transactionId: '42', outTradeNo: 'order1', state: 'SUCCESS' },
  ...{ amountFen: 0, refundFen: 0, outRefundNo: null, refundState: null },
  ...more,
})

describe('what outside systems say', () => {
  it('of bank and one-card system is the daily file, what they gave back below zero', async () => {
    const file = [
      'at,kind,reference,amountFen',
      '2026-09-01T12:00:00+08:00,DEBIT,pay-00000001,100',
      '2026-09-01T12:00:00+08:00,REVERSAL,pay-00000001,100',
      '2026-09-01T12:00:00+08:00,REFUND,refund-00000002,40',
      '2026-09-01T12:00:00+08:00,PAYOUT,out-00000003,500',
      ',END,4,-540',
    ]
    const lines: [string, number][] = []
    for await (const { reference, fen } of readOutsideLines(file)) lines.push([reference, fen])
    expect(lines).toEqual([
      ...[
        ['pay-00000001', 100],
        ['pay-00000001', -100],
      ],
      ...[
        ['refund-00000002', -40],
        ['out-00000003', -500],
      ],
    ])
  })

  it('of WeChat is of the day that was asked for, by its payments', () => {
    const rows = [row({ amountFen: 100 }), row({ state: 'REFUND', at: '2026-08-31 09:00:00' })]
    expect([...readTradeLines({ rows }, '2026-09-01')]).toHaveLength(1)
    expect(() => [...readTradeLines({ rows }, '2026-08-31')]).toThrow('of another day')
  })

  it('of WeChat is its bill, a refund that failed apart', () => {
    const rows = [
      row({ amountFen: 100 }),
      row({ state: 'REVOKED', refundFen: 100, refundState: 'SUCCESS' }),
      row({
        outTradeNo: 'order2',
        state: 'REFUND',
        refundFen: 30,
        outRefundNo: 'refund-1',
        refundState: 'SUCCESS',
      }),
      row({
        outTradeNo: 'order2',
        state: 'REFUND',
        refundFen: 20,
        outRefundNo: 'refund-2',
        refundState: 'PROCESSING',
      }),
      row({
        outTradeNo: 'order2',
        state: 'REFUND',
        refundFen: 10,
        outRefundNo: 'refund-3',
        refundState: 'CLOSED',
      }),
      // Found standing at WeChat after it had come to nothing here, and returned: as good as reversed.
      row({ outTradeNo: 'order3', amountFen: 50 }),
      row({
        outTradeNo: 'order3',
        state: 'REFUND',
        refundFen: 50,
        outRefundNo: referenceOfLateRefund('order3'),
        refundState: 'SUCCESS',
      }),
    ]
    expect([...readTradeLines({ rows })].map(({ reference, fen }) => [reference, fen])).toEqual([
      ...[
        ['order1', 100],
        ['order1', -100],
        ['refund-1', -30],
        ['refund-2', -20],
        ['order3', 50],
        ['order3', -50],
      ],
    ])
  })
})
