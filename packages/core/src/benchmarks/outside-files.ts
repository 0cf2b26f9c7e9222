import { formatJournalFile, type JournalLine, movedFen } from '@campus-ecode/protocol/journal-file'
import type pg from 'pg'
import type { MatchedPort } from '../matching/outside-line.ts'
import { SCHOOL } from './seed-campus.ts'
import { type Plant, plantOf } from './seed-channels.ts'

/** What an outside system has in its own books of the day, and where that differs from ours on purpose. */
export interface OutsideBooks {
  port: MatchedPort
  /** As they write it: a journal file, or WeChat's bill. */
  file: string
  /** What all of it moved. */
  movedFen: number
  /** By reference. */
  planted: Map<string, { plant: Plant; differenceFen: number }>
}

interface Row {
  order_no: string
  reference: string
  fen: number
  reversed: boolean
  at: Date
  refund_reference: string | null
  refund_fen: number | null
}

const select = `
  select p.order_no, m.reference, m.amount_fen as fen, m.outcome = 'reversed' as reversed, m.created_at as at,
         r.reference as refund_reference, r.amount_fen as refund_fen
    from external_movements m
    join payments p on p.school_id = m.school_id and p.payment_id = m.movement_id
    left join external_movements r on r.school_id = m.school_id and r.kind = 'refund'
                                  and r.debit_reference = m.reference
   where m.school_id = $1 and m.port = $2 and m.kind = 'debit' order by p.order_no`

/** Writes the day as the outside system has it: what we asked of it, with the faults planted. */
export async function writeOutsideBooks(
  client: pg.ClientBase | pg.Pool,
  port: MatchedPort,
): Promise<OutsideBooks> {
  const { rows } = await client.query<Row>(select, [SCHOOL, port])
  const planted: OutsideBooks['planted'] = new Map()
  const lines: JournalLine[] = []
  for (const { order_no, reference, fen, reversed, at, refund_reference, refund_fen } of rows) {
    const book = (kind: JournalLine['kind'], amountFen: number, under = reference) =>
      lines.push({ at: at.toISOString(), kind, reference: under, amountFen })
    const plant = plantOf(Number(order_no))
    /** @param differenceFen What they moved less what we did. */
    const note = (differenceFen: number, under = reference) =>
      plant && planted.set(under, { plant, differenceFen })
    switch (plant) {
      case 'omitted':
      case 'last hour':
        note(-fen)
        continue
      case 'other amount':
        book('DEBIT', fen + 1)
        note(1)
        continue
      case 'twice':
        book('DEBIT', fen)
        book('DEBIT', fen)
        note(fen)
        continue
      case 'undone there':
        book('DEBIT', fen)
        book('REVERSAL', fen)
        note(-fen)
        continue
      case 'unknown here': {
        const stranger = `${reference.slice(0, 24)}00000000`
        book('DEBIT', fen)
        book('DEBIT', fen, stranger)
        note(fen, stranger)
        continue
      }
      case undefined:
        book('DEBIT', fen)
        if (reversed) book('REVERSAL', fen)
        if (refund_reference && refund_fen) book('REFUND', refund_fen, refund_reference)
    }
  }
  if (port === 'bank') {
    const { rows: topUps } = await client.query<{ reference: string; fen: number; at: Date }>(
      `select reference, amount_fen as fen, settled_at as at from external_movements
        where school_id = $1 and kind = 'top_up'`,
      [SCHOOL],
    )
    for (const { reference, fen, at } of topUps) {
      lines.push({ at: at.toISOString(), kind: 'DEBIT', reference, amountFen: fen })
    }
  }
  return {
    port,
    planted,
    movedFen: lines.reduce((sum, line) => sum + movedFen(line), 0),
    file: port === 'wechat' ? formatTradeBill(lines) : formatJournalFile(lines),
  }
}

const COLUMNS =
  '交易时间,微信订单号,商户订单号,交易状态,订单金额,申请退款金额,商户退款单号,退款状态'.split(',')

/** A bill as WeChat writes one, of the columns that are read. */
function formatTradeBill(lines: readonly JournalLine[]): string {
  const yuan = (fen: number) => (fen / 100).toFixed(2)
  const debits = new Map<string, string>()
  const write = (values: string[]) => values.map((value) => `\`${value}`).join(',')
  let [takenFen, givenFen] = [0, 0]
  const rows = lines.map(({ at, kind, reference, amountFen }, number) => {
    const isDebit = kind === 'DEBIT'
    if (isDebit) debits.set(reference, reference)
    takenFen += isDebit ? amountFen : 0
    givenFen += isDebit ? 0 : amountFen
    const state = isDebit ? 'SUCCESS' : kind === 'REVERSAL' ? 'REVOKED' : 'REFUND'
    const refund = kind === 'REFUND' ? [reference, 'SUCCESS'] : ['0', '']
    const amounts = [yuan(isDebit ? amountFen : 0), yuan(isDebit ? 0 : amountFen)]
    return write([at, `4200${number}`, reference, state, ...amounts, ...refund])
  })
  return [
    `\uFEFF${COLUMNS.join(',')}`,
    ...rows,
    '总交易单数,订单总金额,申请退款总金额',
    write([String(lines.length), yuan(takenFen), yuan(givenFen)]),
    '',
  ].join('\r\n')
}
