import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openOrderJournal } from './order-journal.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'campus-ecode-pos-'))
  path = join(folder, 'data', 'pos-orders.jsonl')
})
afterEach(() => rmSync(folder, { recursive: true }))

const order = (orderNo: string, terminalId = 'till-1') => ({
  terminalId,
  orderNo,
  listFen: 1500,
  at: '2026-09-01T04:03:42.000Z',
})

describe('the journal of orders', () => {
  it('has an order on disk before it says so (R33)', async () => {
    const journal = await openOrderJournal(path)
    await journal.add(order('a'))
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(order('a'))
    expect(statSync(path).mode & 0o077).toBe(0)
  })

  it('knows after a restart what was sent before, by till, newest first', async () => {
    const before = await openOrderJournal(path)
    for (const name of ['a', 'b', 'c']) await before.add(order(name))
    await before.add(order('a', 'till-2'))
    const journal = await openOrderJournal(path)
    expect(journal.list('till-1', 2).map(({ orderNo }) => orderNo)).toEqual(['c', 'b'])
    expect(journal.find('till-2', 'a')).toEqual(order('a', 'till-2'))
    expect(journal.find('till-2', 'b')).toBeUndefined()
  })

  it('survives a line that a crash cut short', async () => {
    await (await openOrderJournal(path)).add(order('a'))
    appendFileSync(path, '{"terminalId":"till-1","orde')
    await (await openOrderJournal(path)).add(order('b'))
    const journal = await openOrderJournal(path)
    expect(journal.list('till-1', 5).map(({ orderNo }) => orderNo)).toEqual(['b', 'a'])
  })
})
