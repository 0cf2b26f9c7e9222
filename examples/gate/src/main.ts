import { readFile } from 'node:fs/promises'
import { type Demo, demoSchema } from '@campus-ecode/protocol/demo'
import { createGate } from '@campus-ecode/terminal'
import { serve } from '@hono/node-server'
import { pino } from 'pino'
import { readConfig } from './config.ts'
import { createGateApp } from './gate-app.ts'
import { createGateRack } from './gate-rack.ts'

const log = pino({ base: { service: 'gate' } })
try {
  const { host, port, demoFile, gatesDir, frameOrigin } = readConfig(process.env)
  const onFault = (error: unknown) => log.error({ err: error }, 'fault')
  const readGates = () => readDemo(demoFile)
  const rack = createGateRack({ readDemo: readGates, openGate: createGate, gatesDir, onFault })
  const app = createGateApp({ rack, frameOrigin, onFault })
  const server = serve({ fetch: app.fetch, hostname: host, port }, (address) =>
    log.info({ port: address.port }, 'serving'),
  )
  server.once('error', (error) => {
    log.error({ err: error }, 'cannot listen')
    process.exit(1)
  })
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => server.close(() => void rack.close().then(() => process.exit(0))))
  }
} catch (error) {
  process.stderr.write(`gate cannot start: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}

async function readDemo(path: string): Promise<Demo | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return text === undefined ? undefined : demoSchema.parse(JSON.parse(text))
}
