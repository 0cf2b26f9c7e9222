import { readSecretFiles } from '@campus-ecode/service/secret-files'
import { ConfigError } from '@campus-ecode/service/settings'
import { pino } from 'pino'
import { readConfig, secretNames } from './config.ts'
import { startBff } from './start.ts'

try {
  const config = readConfig(readSecretFiles(process.env, secretNames))
  const log = pino(
    { level: config.logLevel, base: { service: 'bff' } },
    // A page of lines at a time: to write each by itself costs as much as a signature.
    pino.destination({ fd: 1, minLength: 4096, periodicFlush: 500, sync: false }),
  )
  const bff = await startBff(config, log)
  log.info({ port: bff.port, origin: config.origin, core: config.coreOrigin }, 'serving')
  const stop = (signal: string) => {
    log.info({ signal }, 'stopping')
    bff.stop().then(() => process.exit(0))
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
} catch (error) {
  const message = error instanceof ConfigError ? error.message : String(error)
  process.stderr.write(`bff cannot start: ${message}\n`)
  process.exitCode = 1
}
