import { readFile } from 'node:fs/promises'
import { type Demo, demoSchema } from '@campus-ecode/protocol/demo'
import { serve } from '@hono/node-server'
import { pino } from 'pino'
import { createBathHouse } from './bath-house.ts'
import { readConfig } from './config.ts'
import { createShowerApp } from './shower-app.ts'
import { openStall } from './stall.ts'

const log = pino({ base: { service: 'shower' } })
try {
  const { host, port, demoFile, showersDir, frameOrigin } = readConfig(process.env)
  const onFault = (error: unknown) => log.error({ err: error }, 'fault')
  const readShowers = () => readDemo(demoFile)
  const bathHouse = createBathHouse({ readDemo: readShowers, openStall, showersDir, onFault })
  const app = createShowerApp({ bathHouse, frameOrigin, onFault })
  const server = serve({ fetch: app.fetch, hostname: host, port }, (address) =>
    log.info({ port: address.port }, 'serving'),
  )
  server.once('error', (error) => {
    log.error({ err: error }, 'cannot listen')
    process.exit(1)
  })
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(
      signal,
      () => void server.close(() => void bathHouse.close().then(() => process.exit(0))),
    )
  }
} catch (error) {
  process.stderr.write(`shower cannot start: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}

async function readDemo(path: string): Promise<Demo | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return text === undefined ? undefined : demoSchema.parse(JSON.parse(text))
}
