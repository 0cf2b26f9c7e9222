import { join } from 'node:path'
import { build } from './build.mjs'
import { Supervisor } from './lib/supervisor.mjs'
import { onNpmEnd } from './lib/watch-npm.mjs'
import { describeProcesses } from './processes.mjs'
import { setup } from './setup.mjs'

setup()
build()

const { dataDir, demoUrl, processes, seed, staff } = describeProcesses()
let ending = false
const supervisor = new Supervisor(join(dataDir, 'logs'), (reason) => end(1, reason))

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => end(0))
onNpmEnd(() => end(0))

try {
  for (const item of processes) {
    await supervisor.start(item)
    for (const [name, work] of Object.entries({ seed, staff })) {
      if (item.name === work.after) await supervisor.complete({ name, ...work })
    }
    console.log(`${item.name.padEnd(8)} ${item.url}`)
  }
  console.log(`logs     ${join(dataDir, 'logs')}`)
  console.log(`ready ${demoUrl}`)
} catch (error) {
  await end(1, error.message)
}

async function end(code, reason) {
  if (ending) return // Stopping makes more things end, none of them news.
  ending = true
  if (reason) console.error(reason)
  await supervisor.stop()
  process.exit(code)
}
