import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { startMetricsServer } from '@campus-ecode/service/metrics-server'
import { startTracing } from '@campus-ecode/service/tracing'
import type { Logger } from 'pino'
import { createApp } from './app.ts'
import type { Config } from './config.ts'
import { createCallerKeys } from './http/caller-keys.ts'
import { createHttpServer, type ServerLimits } from './http/http-server.ts'
import type { CoreApp } from './http/mount-routes.ts'
import { createKeypadApp } from './keypad/keypad-app.ts'
import { keypadLimits } from './keypad/keypad-limits.ts'
import { readPageAssets } from './keypad/page-assets.ts'
import { watchState } from './metrics/read-state.ts'
import { startMovementWorker } from './movements/worker.ts'
import { openServices } from './open-services.ts'
import { createConsoleApp } from './staff/console-app.ts'
import { readConsolePage } from './staff/console-page.ts'
import { startCallNotes } from './staff/note-calls.ts'
import { startPhoneTailWorker } from './staff/people/phone-tails.ts'
import { startSweeper } from './sweep/sweeper.ts'
import { startWebhookWorker } from './webhooks/worker.ts'
import { startWechatMessages } from './wechat-messages/worker.ts'

/** Longer than any operation takes; a terminal that waits longer asks again anyway. */
const STOP_TIMEOUT_MS = 10_000

export interface Core {
  port: number
  /**
   * Says that it is not ready, serves on until balancers have noticed, then stops accepting, answers what
   * has begun, and lets go of everything.
   */
  stop(): Promise<void>
}

/** Starts a core that serves. Throws, holding nothing open, when it may not or cannot. */
export async function startCore(config: Config, log: Logger): Promise<Core> {
  const stopTracing = config.tracing && (await startTracing('campus-ecode-core', config.tracing))
  const { services, check, checkKeys, stopWaiting, close } = await openServices(config, log)
  const notes = startCallNotes(services)
  const reception = {
    notes,
    origin: config.origin,
    findKey: createCallerKeys(
      services,
      config.bffKeys,
      config.ports.realName?.key,
      config.operatorKey,
    ),
    now: services.now,
  }
  const listening: Server[] = []
  const listen = async (app: CoreApp, port: number, limits?: ServerLimits) => {
    const server = createHttpServer(app, services, limits)
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, config.host, resolve)
    })
    listening.push(server)
    return (server.address() as AddressInfo).port
  }
  const closeServers = () =>
    Promise.all(listening.map((server) => new Promise((resolve) => server.close(resolve))))
  let isStopping = false
  const checkReady = async () => {
    if (isStopping) throw new Error('the core is stopping')
    await check()
  }
  const state = watchState({
    ...{ db: services.db, dataDir: config.dataDir, checkKeys },
    isStopping: () => isStopping,
  })
  let port: number
  let metrics: Server | undefined
  try {
    if (config.metrics) metrics = await startMetricsServer(config.metrics, state.refresh)
    if (config.keypad) {
      const assets = await readPageAssets()
      const app = createKeypadApp(services, config.keypad, assets)
      await listen(app, config.keypad.port, keypadLimits(config.keypad))
    }
    if (config.console) {
      const page = await readConsolePage(config.console.directory)
      await listen(createConsoleApp(services, config.console, page), config.console.port)
    }
    port = await listen(createApp(services, reception, checkReady), config.port)
  } catch (error) {
    metrics?.close()
    await notes.stop()
    await closeServers()
    await close()
    throw error
  }
  const workers = [
    startMovementWorker(services),
    startWebhookWorker(services, config.webhookNetworks),
    startWechatMessages(services, config.wechatApps?.templates ?? {}),
    startSweeper(services),
    notes,
    ...(config.console ? [startPhoneTailWorker(services)] : []),
  ]
  log.info({ port }, 'the core serves')

  return {
    port,
    async stop() {
      const each = (work: (server: Server) => void) => () => listening.forEach(work)
      isStopping = true
      if (config.drainMs > 0) {
        log.info({ drainMs: config.drainMs }, 'the core is not ready any more')
        // Whoever still comes is answered, and comes to another process the next time.
        each((server) =>
          server.prependListener('request', (_, answer) => {
            answer.shouldKeepAlive = false
          }),
        )()
        await sleep(config.drainMs)
      }
      const closed = closeServers()
      stopWaiting()
      // A connection that is busy now is idle once its answer is out.
      const idle = setInterval(
        each((server) => server.closeIdleConnections()),
        50,
      )
      const late = setTimeout(
        each((server) => server.closeAllConnections()),
        STOP_TIMEOUT_MS,
      )
      await closed
      clearInterval(idle)
      clearTimeout(late)
      await Promise.all(workers.map((worker) => worker.stop()))
      metrics?.close()
      await close()
      await stopTracing?.()
      log.info('the core has stopped')
    },
  }
}
