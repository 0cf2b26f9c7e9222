import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { openPool } from '../database.ts'
import { type Connection, type EmbeddedServer, startEmbeddedServer } from '../embedded-server.ts'
import { migrate } from '../migrate.ts'

declare module 'vitest' {
  interface ProvidedContext {
    testServer: Connection
  }
}

const TEMPLATE = 'template_migrated'

/** Runs once per test run: one real server, and a migrated database to copy from. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'campus-ecode-test-'))
  const server = await startEmbeddedServer(dataDir)
  const tearDown = async () => {
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
  try {
    await makeTemplate(server)
  } catch (error) {
    await tearDown() // A broken migration must not leave a server behind.
    throw error
  }
  project.provide('testServer', server.connection('postgres'))
  return tearDown
}

async function makeTemplate(server: EmbeddedServer): Promise<void> {
  const admin = new pg.Client(server.connection('postgres'))
  await admin.connect()
  await admin.query(`CREATE DATABASE ${TEMPLATE}`).finally(() => admin.end())
  const pool = openPool(server.connection(TEMPLATE))
  await migrate(pool).finally(() => pool.end())
}
