import type pg from 'pg'
import { describe, expect, it } from 'vitest'
import { dumpLedger } from './dump-ledger.ts'

/** Answers each statement as PostgreSQL would: bigints as text. */
function fakeClient(payer: Record<string, unknown>) {
  const asked: string[] = []
  const client = {
    async query(statement: string | { text: string; values: unknown[] }) {
      const text = typeof statement === 'string' ? statement : statement.text
      asked.push(text)
      return { rows: / from payers /.test(text.replaceAll('\n', ' ')) ? [payer] : [] }
    },
  }
  return { client: client as unknown as pg.ClientBase, asked }
}

describe('the dump of the books', () => {
  it('reads all tables in one transaction at one moment, and changes nothing', async () => {
    const { client, asked } = fakeClient({ wallet_fen: '5', spent_on: '2026-09-01' })
    const dump = await dumpLedger(client, '1001')
    const tables = [
      ...['payers', 'payments', 'refunds', 'movements', 'agreements', 'approvals', 'static_days'],
      ...['water_sessions', 'online_orders', 'utility_top_ups', 'postings'],
    ]
    expect(Object.keys(dump)).toEqual(tables)
    expect(asked.at(0)).toBe('begin isolation level repeatable read read only')
    expect(asked.at(-1)).toBe('rollback')
  })

  it('has amounts and versions as numbers, and the rest as it is', async () => {
    const { client } = fakeClient({ wallet_fen: '5', wallet_version: null, spent_on: '2026-09-01' })
    const { payers } = await dumpLedger(client, '1001')
    expect(payers).toEqual([{ wallet_fen: 5, wallet_version: null, spent_on: '2026-09-01' }])
  })

  it.each(['9007199254740993', '1.5x'])(
    'throws at an amount of %s, and ends its transaction',
    async (fen) => {
      const { client, asked } = fakeClient({ wallet_fen: fen })
      await expect(dumpLedger(client, '1001')).rejects.toThrow('no safe integer')
      expect(asked.at(-1)).toBe('rollback')
    },
  )
})
