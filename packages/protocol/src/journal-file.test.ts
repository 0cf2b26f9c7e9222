import { describe, expect, it } from 'vitest'
import {
  formatJournalFile,
  JournalFileError,
  type JournalLine,
  readJournalFile,
} from './journal-file.ts'

const lines: JournalLine[] = [
  { at: '2026-09-01T12:03:04+08:00', kind: 'DEBIT', reference: 'pay-00000001', amountFen: 1250 },
  { at: '2026-09-01T12:04:00+08:00', kind: 'REVERSAL', reference: 'pay-00000001', amountFen: 1250 },
  { at: '2026-09-01T04:05:00.000Z', kind: 'REFUND', reference: 'refund-00000002', amountFen: 300 },
  { at: '2026-09-01T12:06:00+08:00', kind: 'PAYOUT', reference: 'out-00000003', amountFen: 5000 },
]
const file = `at,kind,reference,amountFen
2026-09-01T12:03:04+08:00,DEBIT,pay-00000001,1250
2026-09-01T12:04:00+08:00,REVERSAL,pay-00000001,1250
2026-09-01T04:05:00.000Z,REFUND,refund-00000002,300
2026-09-01T12:06:00+08:00,PAYOUT,out-00000003,5000
,END,4,-5300
`
async function read(text: string, day?: string): Promise<JournalLine[]> {
  const read: JournalLine[] = []
  for await (const line of readJournalFile(text.split('\n'), day)) read.push(line)
  return read
}

describe('the daily file', () => {
  it('has nothing of another day, as days are in Shanghai', async () => {
    expect(await read(file, '2026-09-01')).toHaveLength(4)
    await expect(read(file, '2026-09-02')).rejects.toThrow('line 2 is of another day')
    const at = (time: string) =>
      read(formatJournalFile([{ ...lines[0], at: time } as JournalLine]), '2026-09-01')
    expect(await at('2026-08-31T16:00:00Z')).toHaveLength(1)
    expect(await at('2026-09-01T15:59:59.999Z')).toHaveLength(1)
    for (const time of ['2026-08-31T15:59:59.999Z', '2026-09-02T00:00:00+08:00']) {
      await expect(at(time)).rejects.toThrow(JournalFileError)
    }
  })

  it('is written and read as the document has it', async () => {
    expect(formatJournalFile(lines)).toBe(file)
    expect(await read(file)).toEqual(lines)
    expect(await read(formatJournalFile([]))).toEqual([])
  })

  it('may have the mark and the line ends of a spreadsheet', async () => {
    expect(await read(`\uFEFF${file.replaceAll('\n', '\r\n')}`)).toEqual(lines)
  })

  it.each([
    ['is empty', ''],
    ['has no head', file.slice(file.indexOf('\n') + 1)],
    ['is cut short', file.slice(0, file.indexOf(',END'))],
    ['is cut short within a line', file.slice(0, -30)],
    ['lacks a line', file.replace(/.*PAYOUT.*\n/, '')],
    ['has a line twice', file.replace(/(.*PAYOUT.*\n)/, '$1$1')],
    ['goes on behind its end', `${file}2026-09-01T12:06:00+08:00,DEBIT,pay-00000009,1\n`],
    ['has another amount', file.replace('300', '301')],
    ['has an amount that is none', file.replace('300', '3.00')],
    ['has nothing as an amount', file.replace(',300', ',0')],
    ['has a kind that is none', file.replace('REFUND', 'FEE')],
    ['has a reference that is none', file.replace('refund-00000002', '=1')],
    ['has a time without an offset', file.replace('+08:00', '')],
    ['has a field too many', file.replace(',300', ',300,')],
  ])('is refused when it %s', async (_, text) => {
    await expect(read(text)).rejects.toThrow(JournalFileError)
  })
})
