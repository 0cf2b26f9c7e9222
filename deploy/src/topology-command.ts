import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { startTopology } from './topology.ts'

/** `npm run topology [-- --data DIR]`: starts all of it with a school of its own, and runs until Ctrl-C. */
const { values } = parseArgs({ options: { data: { type: 'string' } } })
const dataDir = values.data
  ? resolve(values.data)
  : await mkdtemp(join(tmpdir(), 'campus-ecode-topology-'))
await mkdir(dataDir, { recursive: true })
if ((await readdir(dataDir)).length > 0) throw new Error(`${dataDir} is not empty`)

const topology = await startTopology(dataDir, (what) => console.log(`starts: ${what}`))
const { bffs, cores, keys, postgres, demo, metricsUrls, logDir } = topology
const programs = [...bffs, ...cores, keys, postgres.primary.program, postgres.standby.program]
for (const { name, pid } of programs) console.log(`${name.padEnd(18)} pid ${pid}`)
console.log(`phones             ${demo.bffUrl}`)
console.log(`terminals, BFFs    ${demo.coreUrl}`)
console.log(`metrics            ${metricsUrls.map((url) => `${url}/metrics`).join(' ')}`)
console.log(`logs               ${logDir}`)
console.log(`school and keys    ${join(dataDir, 'demo.json')}`)
console.log('ready; kill what you like, Ctrl-C ends it')

await new Promise<void>((done) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done())
})
await topology.stop()
if (!values.data) await rm(dataDir, { recursive: true, force: true })
