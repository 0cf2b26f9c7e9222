import type { ServerResponse } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Longer than any operation takes; whoever waits longer asks again anyway. */
const CLOSE_TIMEOUT_MS = 10_000

/** @returns Its port, which the system chooses for 0. */
export async function listen(server: Server, port: number, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return (server.address() as AddressInfo).port
}

/**
 * Ends servers in order: they serve on until balancers have noticed, then stop accepting, answer what has
 * begun, and close; at most ten seconds after that.
 *
 * @param drainMs How long balancers take.
 * @param endWaiting Ends what would otherwise stay: streams, and calls that wait for something to happen.
 */
export async function closeServers(
  servers: readonly HttpServer[],
  drainMs: number,
  endWaiting: () => void,
): Promise<void> {
  if (drainMs > 0) {
    for (const server of servers) {
      // Whoever still comes is answered, and comes to another process the next time.
      server.prependListener('request', (_, answer: ServerResponse) => {
        answer.shouldKeepAlive = false
      })
    }
    await sleep(drainMs)
  }
  const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)))
  endWaiting()
  const each = (work: (server: HttpServer) => void) => () => servers.forEach(work)
  // A connection that is busy now is idle once its answer is out.
  const idle = setInterval(
    each((server) => server.closeIdleConnections()),
    50,
  )
  const late = setTimeout(
    each((server) => server.closeAllConnections()),
    CLOSE_TIMEOUT_MS,
  )
  await Promise.all(closed)
  clearInterval(idle)
  clearTimeout(late)
}

/** Of any class of answers. */
interface HttpServer extends Server {
  closeIdleConnections(): void
  closeAllConnections(): void
}
