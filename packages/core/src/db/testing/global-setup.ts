import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { openPool } from '../database.ts'
import { type Connection, startEmbeddedServer } from '../embedded-server.ts'
import { MIGRATIONS_DIR, migrate } from '../migrate.ts'

declare module 'vitest' {
  interface ProvidedContext {
    testServer: Connection
  }
}

/** Runs once per test run: one real server, and a migrated database to copy from. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'campus-ecode-test-'))
  const server = await startEmbeddedServer(dataDir)
  const admin = new pg.Client(server.connection('postgres'))
  await admin.connect()
  await admin.query('CREATE DATABASE template_migrated')
  await admin.end()
  const pool = openPool(server.connection('template_migrated'))
  if (existsSync(MIGRATIONS_DIR)) await migrate(pool)
  await pool.end()
  project.provide('testServer', server.connection('postgres'))
  return async () => {
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}
