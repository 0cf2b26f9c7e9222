import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Demo, demoSchema } from '@campus-ecode/protocol/demo'
import { createMerchant } from '@campus-ecode/terminal'
import { serve } from '@hono/node-server'
import { pino } from 'pino'
import { createCanteen } from './canteen.ts'
import { readConfig } from './config.ts'
import { openOrderBook } from './order-book.ts'
import { createSite } from './site.ts'

const log = pino({ base: { service: 'ordering' } })
try {
  const { host, port, demoFile, bookFile, keypadOrigin } = readConfig(process.env)
  const demo = await readDemo(demoFile)
  const online = demo.terminals.find(({ kind }) => kind === 'online')
  if (!online) throw new Error(`${demoFile} names no online terminal`)
  const { keyId, secret, webhookSecret } = online
  const merchant = createMerchant({
    ...{ coreUrl: demo.coreUrl, keyId, secret },
    ...(webhookSecret !== undefined && { webhookSecret }),
  })
  const site = createSite({
    demo,
    canteen: createCanteen(merchant, await openOrderBook(bookFile)),
    keypadOrigin,
    onFault: (error) => log.error({ err: error }, 'fault'),
  })
  const server = serve({ fetch: site.fetch, hostname: host, port }, (address) =>
    log.info({ port: address.port }, 'serving'),
  )
  server.once('error', (error) => {
    log.error({ err: error }, 'cannot listen')
    process.exit(1)
  })
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => {
      void merchant.close()
      server.close(() => process.exit(0))
    })
  }
} catch (error) {
  process.stderr.write(`ordering cannot start: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}

/** The demo may still be starting. */
async function readDemo(path: string): Promise<Demo> {
  for (let time = 0; ; time++) {
    try {
      return demoSchema.parse(JSON.parse(await readFile(path, 'utf8')))
    } catch (error) {
      if (time === 60) throw error
      await sleep(500)
    }
  }
}
