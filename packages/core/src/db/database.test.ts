import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inTransaction, openDatabase, prepare } from './database.ts'
import { createTestDatabase, type TestDatabase } from './testing/test-database.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase({ empty: true })
  await database.pool.query('CREATE TABLE account (id int PRIMARY KEY, fen bigint NOT NULL)')
  await database.pool.query('INSERT INTO account VALUES (1, 0), (2, 0)')
})
afterAll(() => database.close())

describe('values', () => {
  it('reads int8 as a number and refuses one that a number cannot hold', async () => {
    const read = (sql: string) => database.pool.query(sql).then(({ rows }) => rows[0].v)
    expect(await read('SELECT 9007199254740991::bigint AS v')).toBe(Number.MAX_SAFE_INTEGER)
    expect(await read("SELECT '{-1,NULL,2}'::bigint[] AS v")).toEqual([-1, null, 2])
    await expect(read('SELECT 9007199254740992::bigint AS v')).rejects.toThrow(RangeError)
    await expect(read("SELECT '{9007199254740992}'::bigint[] AS v")).rejects.toThrow(RangeError)
  })

  it('reads timestamptz as a Date and date as text', async () => {
    const { rows } = await database.pool.query(
      "SELECT '2026-03-01 08:00+08'::timestamptz AS at, '2026-03-01'::date AS day",
    )
    expect(rows).toEqual([{ at: new Date('2026-03-01T00:00:00Z'), day: '2026-03-01' }])
  })
})

describe('inTransaction', () => {
  it('keeps what was done, and nothing of what threw', async () => {
    await inTransaction(database.pool, (tx) => tx.query('UPDATE account SET fen = 5 WHERE id = 1'))
    const failing = inTransaction(database.pool, async (tx) => {
      await tx.query('UPDATE account SET fen = 9 WHERE id = 1')
      throw new Error('changed my mind')
    })
    await expect(failing).rejects.toThrow('changed my mind')
    expect(await readFen(1)).toBe(5)
  })

  it('does not report success when a failed statement was swallowed', async () => {
    const swallowing = inTransaction(database.pool, async (tx) => {
      await tx.query('UPDATE account SET fen = 7 WHERE id = 1')
      await tx.query('SELECT 1/0').catch(() => {})
    })
    await expect(swallowing).rejects.toThrow('unnoticed')
    expect(await readFen(1)).not.toBe(7)
  })

  it('repeats the loser of a deadlock, so that both transactions are kept', async () => {
    await database.pool.query('UPDATE account SET fen = 0')
    let runs = 0
    let bothHold: () => void
    const meeting = new Promise<void>((resolve) => {
      bothHold = resolve
    })
    const add = (first: number, second: number) =>
      inTransaction(database.pool, async (tx) => {
        await tx.query('UPDATE account SET fen = fen + 1 WHERE id = $1', [first])
        if (++runs === 2) bothHold()
        await meeting
        await tx.query('UPDATE account SET fen = fen + 1 WHERE id = $1', [second])
      })
    await Promise.all([add(1, 2), add(2, 1)])
    // PostgreSQL makes one of them lose; when it is busy, it may find both waiting.
    expect(runs).toBeGreaterThanOrEqual(3)
    expect([await readFen(1), await readFen(2)]).toEqual([2, 2])
  })

  it('gives up after some conflicts and passes the last one on', async () => {
    let runs = 0
    const conflicting = inTransaction(database.pool, async (tx) => {
      runs++
      await tx.query("DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$")
    })
    await expect(conflicting).rejects.toMatchObject({ code: '40001' })
    expect(runs).toBe(6)
  })

  it('drops a connection that died and goes on with another', async () => {
    const dying = inTransaction(database.pool, (tx) =>
      tx.query('SELECT pg_terminate_backend(pg_backend_pid())'),
    )
    await expect(dying).rejects.toThrow()
    expect(await readFen(1)).toEqual(expect.any(Number))
  })
})

describe('prepare', () => {
  it('parses a statement once per connection', async () => {
    const add = prepare<{ sum: number }>('SELECT $1::int + $2::int AS sum')
    await inTransaction(database.pool, async (tx) => {
      expect(await add(tx, [1, 2])).toEqual([{ sum: 3 }])
      expect(await add(tx, [3, 4])).toEqual([{ sum: 7 }])
      const { rows } = await tx.query(
        "SELECT statement FROM pg_prepared_statements WHERE statement LIKE '%AS sum'",
      )
      expect(rows).toHaveLength(1)
    })
  })
})

describe('openDatabase', () => {
  it('uses the server at DATABASE_URL and limits the time of a statement', async () => {
    const { pool, close } = await openDatabase({ DATABASE_URL: database.url })
    const { rows } = await pool.query('SELECT current_database() AS name')
    expect(database.url.endsWith(rows[0].name)).toBe(true)
    expect((await pool.query('SHOW statement_timeout')).rows[0].statement_timeout).toBe('15s')
    await close()
  })

  it('does not repeat the password when DATABASE_URL is broken', async () => {
    const broken = openDatabase({ DATABASE_URL: 'postgres://me:hidden-word@[nowhere/db' })
    const error = await broken.then(({ pool }) => pool.query('SELECT 1')).catch((e) => e)
    expect(error).toBeInstanceOf(Error)
    expect(JSON.stringify([error, error.message, error.stack])).not.toContain('hidden-word')
  })
})

async function readFen(id: number): Promise<number> {
  const { rows } = await database.pool.query('SELECT fen FROM account WHERE id = $1', [id])
  return rows[0].fen
}

it('goes on beside a migration that gives a table a new column', async () => {
  await database.pool.query('CREATE TABLE widened (id int)')
  const readAll = prepare<{ id: number }>('SELECT * FROM widened')
  const inTx = () => inTransaction(database.pool, (tx) => readAll(tx, []))
  await database.pool.query('INSERT INTO widened VALUES (1)')
  // Several connections know the statement.
  await Promise.all([1, 2, 3, 4].map(() => readAll(database.pool, [])))
  await inTx()
  await database.pool.query("ALTER TABLE widened ADD name text DEFAULT ''")
  expect(await inTx()).toEqual([{ id: 1, name: '' }])
  for (let i = 0; i < 6; i++) {
    expect(await readAll(database.pool, [])).toEqual([{ id: 1, name: '' }])
  }
})
