import { readSecretFiles } from '@campus-ecode/service/secret-files'
import { ConfigError } from '@campus-ecode/service/settings'
import { readConfig, secretNames } from './config.ts'
import { createLog } from './http/log.ts'
import { type Core, startCore } from './start-core.ts'

/** The core's process. */
let stopping = false

// Node would print the message, in which PostgreSQL quotes values.
process.on('uncaughtException', (error) => {
  createLog('core', 'error').fatal({ error }, 'the core failed')
  process.exit(1)
})

try {
  const config = readConfig(readSecretFiles(process.env, secretNames))
  const core = await startCore(config, createLog('core', config.logLevel))
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop(core))
} catch (error) {
  if (error instanceof ConfigError) console.error(`The core cannot start: ${error.message}`)
  else createLog('core', 'error').fatal({ error }, 'the core cannot start')
  process.exitCode = 1
}

function stop(core: Core): void {
  if (stopping) return
  stopping = true
  core.stop().then(
    () => process.exit(0),
    (error) => {
      createLog('core', 'error').error({ error }, 'the core did not stop in order')
      process.exit(1)
    },
  )
}
