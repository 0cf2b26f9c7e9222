import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Database, openDatabase } from './database.ts'
import { assertDurable } from './durability.ts'

// A server of its own: the settings are the whole server's.
let dataDir: string
let database: Database
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'campus-ecode-durability-'))
  database = await openDatabase({ DATA_DIR: dataDir })
})
afterAll(async () => {
  await database.close()
  await rm(dataDir, { recursive: true, force: true })
})

it('accepts the embedded server as it comes', async () => {
  await assertDurable(database.pool)
})

it.each(['fsync', 'full_page_writes', 'synchronous_commit'])(
  'refuses a server with %s off, and names it',
  async (setting) => {
    await setGlobally(setting, 'off')
    await expect(assertDurable(database.pool)).rejects.toThrow(`turn on ${setting}`)
    await setGlobally(setting, 'on')
    await assertDurable(database.pool)
  },
)

it('refuses synchronous_commit off when only the database or the role says so', async () => {
  await database.pool.query('ALTER DATABASE campus_ecode SET synchronous_commit = off')
  const fresh = await openDatabase({ DATA_DIR: dataDir })
  await expect(assertDurable(fresh.pool)).rejects.toThrow('synchronous_commit')
  await fresh.close()
})

it('refuses commits that do not wait for the standby there is', async () => {
  await setGlobally('synchronous_commit', 'local')
  await assertDurable(database.pool)
  await setGlobally('synchronous_standby_names', 'standby')
  await expect(assertDurable(database.pool)).rejects.toThrow('synchronous_commit')
  await setGlobally('synchronous_standby_names', "''", '')
  await setGlobally('synchronous_commit', 'on')
})

async function setGlobally(setting: string, value: string, shown = value): Promise<void> {
  await database.pool.query(`ALTER SYSTEM SET ${setting} = ${value}`)
  await database.pool.query('SELECT pg_reload_conf()')
  for (;;) {
    const { rows } = await database.pool.query(`SHOW ${setting}`)
    if (rows[0][setting] === shown) return
    await sleep(20)
  }
}
