import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { proveTopology } from './prove.ts'
import { startTopology } from './topology.ts'

/** `npm run prove-topology`: starts all of it, breaks it under load, says what came of it, and ends. */
const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '8' }, keep: { type: 'boolean', default: false } },
})
const seconds = Number(values.seconds)
if (!(seconds >= 1 && seconds <= 120)) throw new Error('--seconds is 1 to 120')

const dataDir = await mkdtemp(join(tmpdir(), 'campus-ecode-topology-'))
const startedAt = performance.now()
const say = (what: string) =>
  console.log(`${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${what}`)
const topology = await startTopology(dataDir, (what) => say(`start: ${what}`))
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => topology.stop().finally(() => process.exit(130)))
}
try {
  const { wrong, figures } = await proveTopology(topology, { seconds, onProgress: say })
  console.log(JSON.stringify(figures, null, 2))
  for (const each of wrong) console.log(`WRONG ${each}`)
  say(wrong.length === 0 ? 'everything that was acknowledged is there, once' : 'FAILED')
  process.exitCode = wrong.length === 0 ? 0 : 1
} finally {
  await topology.stop()
  if (values.keep) console.log(`logs: ${topology.logDir}`)
  else await rm(dataDir, { recursive: true, force: true })
}
