import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../db/database.ts'
import { migrate } from '../db/migrate.ts'
import { createLog } from '../http/log.ts'
import { createKeyClient } from '../keys/key-client.ts'
import { startKeyProcess } from '../keys/key-process.ts'
import { playDay } from './play-day.ts'

/**
 * `npm run play-day [PAYMENTS]`: a day of 200,000 payments over four channels in an embedded database of its
 * own, with faults planted in the files of bank, one-card system and WeChat. Says what it came to, and fails
 * unless everything agrees.
 */
const count = Number(process.argv[2] ?? 200_000)
if (!Number.isSafeInteger(count) || count < 4_000 || count > 2_000_000) {
  throw new Error('name 4000 to 2000000 payments')
}
const dataDir = await mkdtemp(join(tmpdir(), 'campus-ecode-day-'))
const db = await openDatabase({ DATA_DIR: dataDir })
const keyProcess = await startKeyProcess(join(dataDir, 'keys'), createLog('keys', 'error'))
const keys = createKeyClient(keyProcess.socketPath)
try {
  await migrate(db.pool)
  const { wrong, ...figures } = await playDay({ db, keys }, count)
  console.log(JSON.stringify(figures, null, 2))
  console.log(`peak RSS ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`)
  for (const each of wrong.slice(0, 20)) console.log(`WRONG ${each}`)
  console.log(wrong.length === 0 ? 'everything agrees' : `${wrong.length} things are wrong`)
  process.exitCode = wrong.length === 0 ? 0 : 1
} finally {
  await keys.close()
  await keyProcess.stop()
  await db.close()
  await rm(dataDir, { recursive: true, force: true })
}
