import { randomUUID } from 'node:crypto'
import { addGauge } from '@campus-ecode/service/metrics'
import { startMetricsServer } from '@campus-ecode/service/metrics-server'
import { closeServers, listen } from '@campus-ecode/service/servers'
import { startTracing } from '@campus-ecode/service/tracing'
import type { Logger } from 'pino'
import { createApp } from './app.ts'
import type { Config } from './config.ts'
import { createCoreClient } from './core-client.ts'
import { loadHostedFiles } from './hosted-page.ts'
import { createReadiness } from './readiness.ts'
import { loadSdkFiles } from './sdk-files.ts'
import { createHttpServer } from './server.ts'

export interface RunningBff {
  port: number
  /**
   * Says that it is not ready, serves on until balancers have noticed, then answers what is under way, ends
   * streams, and closes; at most ten seconds after that.
   */
  stop(): Promise<void>
}

/** Puts the pieces together and listens. */
export async function startBff(config: Config, log: Logger): Promise<RunningBff> {
  const stopTracing = config.tracing && (await startTracing('campus-ecode-bff', config.tracing))
  const core = createCoreClient({ origin: config.coreOrigin, ...config.coreKey, log })
  const sdkFiles = await loadSdkFiles(config.sdkDir)
  const hostedFiles = await loadHostedFiles(config.hostedDir)
  let stopping = false
  const app = await createApp(config, {
    ...{ core, sdkFiles, hostedFiles, log },
    isStopping: () => stopping,
  })
  addGauge('ecode_bff_event_streams', 'Phones that listen for events', app.streams.count)
  const isReady = createReadiness({ core, nowMs: Date.now })
  addGauge(
    'ecode_bff_ready',
    '1 while the core answers signed calls and nobody asked it to stop',
    async () => (!stopping && (await isReady(randomUUID())) ? 1 : 0),
  )
  const metrics = config.metrics && (await startMetricsServer(config.metrics))
  const server = createHttpServer(app, { origin: config.origin, log })
  const port = await listen(server, config.port, config.host)
  return {
    port,
    async stop() {
      stopping = true
      await closeServers([server], config.drainMs, app.streams.stop)
      metrics?.close()
      await core.close()
      await stopTracing?.()
    },
  }
}
