import type { Server } from 'node:http'
import { startMetricsServer } from '@campus-ecode/service/metrics-server'
import { closeServers, listen } from '@campus-ecode/service/servers'
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
  const serve = (app: CoreApp, port: number, limits?: ServerLimits) => {
    const server = createHttpServer(app, services, limits)
    listening.push(server)
    return listen(server, port, config.host)
  }
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
      await serve(app, config.keypad.port, keypadLimits(config.keypad))
    }
    if (config.console) {
      const page = await readConsolePage(config.console.directory)
      await serve(createConsoleApp(services, config.console, page), config.console.port)
    }
    port = await serve(createApp(services, reception, checkReady), config.port)
  } catch (error) {
    metrics?.close()
    await notes.stop()
    await closeServers(listening, 0, stopWaiting)
    await close()
    throw error
  }
  const workers = [
    startMovementWorker(services),
    startWebhookWorker(services, config.webhookNetworks),
    startWechatMessages(services),
    startSweeper(services),
    notes,
    ...(config.console ? [startPhoneTailWorker(services)] : []),
  ]
  log.info({ port }, 'the core serves')

  return {
    port,
    async stop() {
      isStopping = true
      if (config.drainMs > 0)
        log.info({ drainMs: config.drainMs }, 'the core is not ready any more')
      await closeServers(listening, config.drainMs, stopWaiting)
      await Promise.all(workers.map((worker) => worker.stop()))
      metrics?.close()
      await close()
      await stopTracing?.()
      log.info('the core has stopped')
    },
  }
}
