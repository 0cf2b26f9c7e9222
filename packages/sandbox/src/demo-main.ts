import { serve } from '@hono/node-server'
import { pino } from 'pino'
import { readDemoConfig } from './demo/config.ts'
import { createDemoApp } from './demo/demo-app.ts'
import { readDemoFile } from './demo/demo-file.ts'

const log = pino({ base: { service: 'demo' } })
try {
  const config = readDemoConfig(process.env)
  const app = createDemoApp(config, { readDemo: () => readDemoFile(config.demoFile) })
  app.onError((error, c) => {
    log.error({ path: c.req.path, err: error }, 'fault')
    return c.json({ error: 'INTERNAL' }, 500)
  })
  const server = serve({ fetch: app.fetch, hostname: config.host, port: config.port }, ({ port }) =>
    log.info({ port }, 'serving'),
  )
  server.once('error', (error) => {
    log.error({ err: error }, 'cannot listen')
    process.exit(1)
  })
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => server.close(() => process.exit(0)))
  }
} catch (error) {
  process.stderr.write(`demo cannot start: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
