import type pg from 'pg'
import type { SnapshotLine } from './diary.ts'

/** Sums of the books as one REPEATABLE READ transaction sees them. */
export async function readSnapshot(client: pg.Client): Promise<SnapshotLine> {
  await client.query('begin transaction isolation level repeatable read read only')
  try {
    const { rows: wallets } = await client.query<{ fen: string }>(
      'select coalesce(sum(wallet_fen), 0) as fen from payers',
    )
    const { rows: debits } = await client.query<SumRow>(sumBy('debit_account'))
    const { rows: credits } = await client.query<SumRow>(sumBy('credit_account'))
    return {
      line: 'snapshot',
      atMs: Date.now(),
      walletsFen: Number(wallets[0]?.fen),
      debitsFen: byKind(debits),
      creditsFen: byKind(credits),
    }
  } finally {
    await client.query('commit')
  }
}

interface SumRow {
  kind: string
  fen: string
}

function sumBy(side: 'debit_account' | 'credit_account'): string {
  return `select split_part(${side}, '/', 1) as kind, sum(amount_fen) as fen from postings group by 1`
}

function byKind(rows: SumRow[]): SnapshotLine['debitsFen'] {
  const sums = { wallet: 0, merchant: 0, clearing: 0, transit: 0, hold: 0 }
  for (const { kind, fen } of rows) sums[kind as keyof typeof sums] = Number(fen)
  return sums
}
