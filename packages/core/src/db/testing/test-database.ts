import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'
import { type Database, openPool } from '../database.ts'

export interface TestDatabase extends Database {
  /** For a process under test that opens the database itself. */
  url: string
}

/**
 * A migrated, empty database of the caller's own on the run's real server; `close` drops it.
 *
 * @param empty Leaves the migrations out.
 */
export async function createTestDatabase({ empty = false } = {}): Promise<TestDatabase> {
  const server = inject('testServer')
  const database = `test_${randomUUID().replaceAll('-', '')}`
  const template = empty ? 'template0' : 'template_migrated'
  await administer(`CREATE DATABASE ${database} TEMPLATE ${template}`)
  const pool = openPool({ ...server, database })
  return {
    pool,
    url: `postgres://${server.user}:${server.password}@${server.host}:${server.port}/${database}`,
    async close() {
      await pool.end()
      await administer(`DROP DATABASE ${database} WITH (FORCE)`)
    },
  }
}

async function administer(sql: string): Promise<void> {
  const client = new pg.Client(inject('testServer'))
  await client.connect()
  await client.query(sql).finally(() => client.end())
}
