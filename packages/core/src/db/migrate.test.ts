import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openPool } from './database.ts'
import { migrate } from './migrate.ts'
import { createTestDatabase, type TestDatabase } from './testing/test-database.ts'

let database: TestDatabase
let directory: string
beforeEach(async () => {
  database = await createTestDatabase({ empty: true })
  directory = await mkdtemp(join(tmpdir(), 'campus-ecode-migrations-'))
  await write('0001-school.sql', 'CREATE TABLE school (id int); INSERT INTO school VALUES (1);')
})
afterEach(async () => {
  await database.close()
  await rm(directory, { recursive: true })
})

it('applies new files in order, once', async () => {
  await write('0002-name.sql', "ALTER TABLE school ADD name text NOT NULL DEFAULT '一中';")
  expect(await migrate(database.pool, directory)).toEqual(['0001-school.sql', '0002-name.sql'])
  expect(await migrate(database.pool, directory)).toEqual([])
  await write('0003-second.sql', 'INSERT INTO school VALUES (2);')
  expect(await migrate(database.pool, directory)).toEqual(['0003-second.sql'])
  expect(await count()).toBe(2)
})

it('applies each file once when several processes start together', async () => {
  const pools = [1, 2, 3].map(() => openPool({ connectionString: database.url }))
  const applied = await Promise.all(pools.map((pool) => migrate(pool, directory)))
  await Promise.all(pools.map((pool) => pool.end()))
  expect(applied.flat()).toEqual(['0001-school.sql'])
  expect(await count()).toBe(1)
})

it('keeps the files before a broken one and nothing of the broken one', async () => {
  await write('0002-broken.sql', 'INSERT INTO school VALUES (2); SELECT 1/0;')
  await expect(migrate(database.pool, directory)).rejects.toThrow(/0002-broken.*division by zero/)
  expect(await count()).toBe(1)
  await write('0002-broken.sql', 'INSERT INTO school VALUES (2);')
  expect(await migrate(database.pool, directory)).toEqual(['0002-broken.sql'])
})

it('gives way to those who use its table, keeps them waiting for a moment at most, and then is applied', async () => {
  await migrate(database.pool, directory)
  await write('0002-name.sql', 'ALTER TABLE school ADD name text;')
  const busy = await database.pool.connect()
  await busy.query('BEGIN')
  await busy.query('UPDATE school SET id = 2')
  const migrated = migrate(database.pool, directory)
  let longestMs = 0
  for (let i = 0; i < 8; i++) {
    const startedAt = performance.now()
    await database.pool.query('SELECT id FROM school')
    longestMs = Math.max(longestMs, performance.now() - startedAt)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  // It has stood in line for the table, and gone again.
  expect(longestMs).toBeGreaterThan(100)
  expect(longestMs).toBeLessThan(1_500)
  await busy.query('COMMIT')
  busy.release()
  expect(await migrated).toEqual(['0002-name.sql'])
})

it('stops at the file it is told to', async () => {
  await write('0002-name.sql', 'ALTER TABLE school ADD name text;')
  expect(await migrate(database.pool, directory, '0001-school.sql')).toEqual(['0001-school.sql'])
  expect(await migrate(database.pool, directory)).toEqual(['0002-name.sql'])
})

it('refuses an applied file that was edited', async () => {
  await migrate(database.pool, directory)
  await write('0001-school.sql', 'CREATE TABLE school (id bigint);')
  await expect(migrate(database.pool, directory)).rejects.toThrow(/0001-school.*edited/)
})

it('does not mind other line ends', async () => {
  await write('0002-lines.sql', 'SELECT 1;\nSELECT 2;\n')
  await migrate(database.pool, directory)
  await write('0002-lines.sql', 'SELECT 1;\r\nSELECT 2;\r\n')
  expect(await migrate(database.pool, directory)).toEqual([])
})

it('refuses a database that is ahead of this program', async () => {
  await write('0002-later.sql', 'SELECT 1;')
  await migrate(database.pool, directory)
  await rm(join(directory, '0002-later.sql'))
  await expect(migrate(database.pool, directory)).rejects.toThrow(/0002-later.*does not know/)
})

it('refuses a file that comes before one already applied', async () => {
  await write('0003-third.sql', 'SELECT 1;')
  await migrate(database.pool, directory)
  await write('0002-late.sql', 'SELECT 1;')
  await expect(migrate(database.pool, directory)).rejects.toThrow(/0002-late.*before 0003-third/)
})

it('refuses misnamed files and two of one number', async () => {
  await write('0001-twin.sql', 'SELECT 1;')
  await expect(migrate(database.pool, directory)).rejects.toThrow('two migrations')
  await rm(join(directory, '0001-twin.sql'))
  await write('2-short.sql', 'SELECT 1;')
  await expect(migrate(database.pool, directory)).rejects.toThrow('NNNN-name.sql')
})

function write(name: string, sql: string): Promise<void> {
  return writeFile(join(directory, name), sql)
}

async function count(): Promise<number> {
  return (await database.pool.query('SELECT count(*) AS n FROM school')).rows[0].n
}
