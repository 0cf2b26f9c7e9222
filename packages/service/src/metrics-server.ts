import { createServer, type Server } from 'node:http'
import { register } from './metrics.ts'
import { listen } from './servers.ts'

/**
 * Answers `GET /metrics` and nothing else, at a port of its own that is not for the public.
 *
 * @param refresh Run before each answer.
 */
export async function startMetricsServer(
  { host, port }: MetricsConfig,
  refresh?: () => Promise<void>,
): Promise<Server> {
  const server = createServer(async (incoming, answer) => {
    if (incoming.method !== 'GET' || incoming.url !== '/metrics') {
      answer.writeHead(404).end()
      return
    }
    try {
      await refresh?.()
      const text = await register.metrics()
      answer.writeHead(200, { 'content-type': register.contentType }).end(text)
    } catch {
      answer.writeHead(500).end()
    }
  })
  await listen(server, port, host)
  // It keeps no process alive that has nothing else to do.
  server.unref()
  return server
}

export interface MetricsConfig {
  host: string
  port: number
}
