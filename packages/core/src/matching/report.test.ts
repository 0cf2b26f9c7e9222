import { expect, it } from 'vitest'
import { toCsv } from '../statements/table.ts'
import { reportRows } from './report.ts'
import type { DifferenceRow } from './store.ts'

const difference = (more: Partial<DifferenceRow>): DifferenceRow => ({
  ...{ reference: 'pay-1', since_day: '2026-09-01', kind: 'amount', cleared_by: null },
  ...{ here_fen: 100, there_fen: 90, movement_kind: 'debit', movement_state: 'succeeded' },
  ...{ merchant: '第一食堂', order_no: '0001' },
  ...more,
})

it('R34: a report says in Chinese what each side has, what differs and what to do', () => {
  const matched = {
    ...{ day: '2026-09-02', file_sha256: Buffer.alloc(32) },
    ...{ here_count: 2, here_fen: -1000, there_count: 1, there_fen: 90 },
  }
  const differences = [
    difference({}),
    difference({
      reference: 'refund-2',
      kind: 'missing_there',
      here_fen: -50,
      there_fen: 0,
      movement_kind: 'refund',
    }),
    difference({
      kind: 'missing_here',
      here_fen: 0,
      movement_kind: null,
      movement_state: null,
      merchant: '=1',
      order_no: null,
    }),
    difference({ kind: null, cleared_by: 'arrival', there_fen: 100 }),
  ]
  const csv = toCsv(reportRows('1001', '2026-09-02', [{ port: 'bank', matched, differences }]), {
    isFirst: true,
  })
  const lines = csv.split('\r\n')
  expect(lines[0]).toBe('\uFEFF对账报告,学校 1001,账期 2026-09-02')
  expect(lines[3]).toBe('银行,2,退 10.00,1,0.90,3')
  expect(lines.slice(6, 10).map((line) => line.split(',').slice(0, 10).join(','))).toEqual([
    '银行,金额不符,2026-09-01,"pay-1\t",消费扣款,成功,1.00,0.90,第一食堂,"0001\t"',
    '银行,对方无账,2026-09-01,"refund-2\t",退款,成功,退 0.50,0.00,第一食堂,"0001\t"',
    `银行,我方无账,2026-09-01,"pay-1\t",,,0.00,0.90,'=1,`,
    '银行,已核销：迟到账目已到,2026-09-01,"pay-1\t",消费扣款,成功,1.00,1.00,第一食堂,"0001\t"',
  ])
  expect(csv).not.toMatch(/(^|,)"?[=+@-]/m)
})
