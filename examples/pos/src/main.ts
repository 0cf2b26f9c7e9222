import { readFile } from 'node:fs/promises'
import { type Demo, demoSchema } from '@campus-ecode/protocol/demo'
import { createTerminal } from '@campus-ecode/terminal'
import { serve } from '@hono/node-server'
import { pino } from 'pino'
import { readConfig } from './config.ts'
import { openOrderJournal } from './order-journal.ts'
import { createPos } from './pos.ts'

const log = pino({ base: { service: 'pos' } })
try {
  const { host, port, demoFile, journalFile, frameOrigin } = readConfig(process.env)
  const pos = createPos({
    readDemo: () => readDemo(demoFile),
    openTerminal: createTerminal,
    journal: await openOrderJournal(journalFile),
    frameOrigin,
    onFault: (error) => log.error({ err: error }, 'fault'),
  })
  const server = serve({ fetch: pos.fetch, hostname: host, port }, (address) =>
    log.info({ port: address.port }, 'serving'),
  )
  server.once('error', (error) => {
    log.error({ err: error }, 'cannot listen')
    process.exit(1)
  })
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => server.close(() => process.exit(0)))
  }
} catch (error) {
  process.stderr.write(`pos cannot start: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}

async function readDemo(path: string): Promise<Demo | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return text === undefined ? undefined : demoSchema.parse(JSON.parse(text))
}
