import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { request } from 'undici'

/** As deploy/docker/haproxy.cfg has it, only faster. */
const CHECK_EVERY_MS = 250
const SILENCE_MS = 10_000
/** Before BFF and core close a connection that lies idle: never in the moment in which it is used again. */
const IDLE_MS = 30_000

export interface Upstream {
  port: number
  /** Where it says whether it is ready. */
  readyPort: number
}

export interface Balancer {
  readonly port: number
  /** How often a client was told 502 or 503 by the proxy itself. */
  readonly failedCount: number
  /** Sends a request where the test wants it: by the place of an upstream, or undefined. */
  pin: ((incoming: IncomingMessage) => number | undefined) | undefined
  /** Resolves when all upstreams are known to be ready. */
  untilWhole(): Promise<void>
  /** Whether it was told by an upstream itself, while that still served, that it is not ready. */
  wasToldToLeave(at: number): boolean
  close(): Promise<void>
}

/**
 * A balancer as small as one can be: goes round the upstreams that say they are ready, tries another one
 * only when nothing of a request was sent, and changes nothing of what passes. One that is silent may be on a
 * machine that is busy, as this one is when everything is tried out: it leaves by saying no, or by being gone.
 * For trying the topology out; in production this is HAProxy's place (deploy/docker/haproxy.cfg).
 */
export async function startBalancer(
  port: number,
  upstreams: readonly Upstream[],
): Promise<Balancer> {
  const agent = new Agent({ keepAlive: true, maxSockets: 512, timeout: IDLE_MS })
  const isIn = upstreams.map(() => true)
  const wasTold = upstreams.map(() => false)
  let next = 0
  let failedCount = 0
  let isClosed = false

  const checking = upstreams.map(async ({ readyPort }, i) => {
    while (!isClosed) {
      const said = await ask(readyPort)
      if (said !== 'silent') isIn[i] = said === 'yes'
      if (said === 'yes' || said === 'no') wasTold[i] = said === 'no'
      await sleep(CHECK_EVERY_MS)
    }
  })

  function choose(tried: Set<number>): number | undefined {
    // Where nobody is ready, all are tried: slow is better than nobody, and who is gone refuses at once.
    for (const ready of [true, false]) {
      for (let step = 0; step < upstreams.length; step++) {
        const at = (next + step) % upstreams.length
        if (tried.has(at) || isIn[at] !== ready) continue
        next = at + 1
        return at
      }
    }
    return undefined
  }

  function refuse(outgoing: ServerResponse, status: number): void {
    failedCount++
    if (outgoing.headersSent) return void outgoing.destroy()
    outgoing.writeHead(status, { 'content-length': 0 }).end()
  }

  function forward(
    incoming: IncomingMessage,
    body: Buffer,
    outgoing: ServerResponse,
    tried: Set<number>,
  ): void {
    const at = proxy.pin?.(incoming) ?? choose(tried)
    if (at === undefined || tried.has(at)) return void refuse(outgoing, 503)
    tried.add(at)
    const upstream = httpRequest({
      agent,
      port: upstreams[at]?.port,
      host: '127.0.0.1',
      method: incoming.method,
      path: incoming.url,
      headers: incoming.rawHeaders as unknown as Record<string, string>,
      setHost: false,
    })
    upstream.once('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.statusMessage, withoutHops(answer))
      answer.once('error', () => outgoing.destroy())
      answer.pipe(outgoing)
    })
    upstream.once('error', (error: NodeJS.ErrnoException) => {
      if (outgoing.destroyed) return
      // Refused: nothing was sent. A socket that was kept open and is closed now has heard nothing either,
      // but that cannot be known, so whoever asked repeats.
      if (error.code === 'ECONNREFUSED') forward(incoming, body, outgoing, tried)
      else refuse(outgoing, 502)
    })
    outgoing.once('close', () => upstream.destroy())
    upstream.end(body)
  }

  const server = createServer({ keepAliveTimeout: 60_000 }, (incoming, outgoing) => {
    const parts: Buffer[] = []
    incoming.on('data', (part: Buffer) => parts.push(part))
    incoming.once('end', () => forward(incoming, Buffer.concat(parts), outgoing, new Set()))
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const proxy: Balancer = {
    port,
    pin: undefined,
    async untilWhole() {
      while (!isIn.every(Boolean)) await sleep(CHECK_EVERY_MS)
    },
    get failedCount() {
      return failedCount
    },
    wasToldToLeave: (at) => wasTold[at] ?? false,
    async close() {
      isClosed = true
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await Promise.all(checking)
      agent.destroy()
    },
  }
  return proxy
}

async function ask(port: number): Promise<'yes' | 'no' | 'gone' | 'silent'> {
  try {
    const signal = AbortSignal.timeout(SILENCE_MS)
    const answer = await request(`http://127.0.0.1:${port}/readyz`, { signal })
    await answer.body.dump()
    return answer.statusCode === 200 ? 'yes' : 'no'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ECONNREFUSED' ? 'gone' : 'silent'
  }
}

/** Each hop has a connection of its own (RFC 9110 §7.6.1). */
function withoutHops({ rawHeaders }: IncomingMessage): string[] {
  const kept: string[] = []
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? ''
    if (!/^(connection|keep-alive|transfer-encoding)$/i.test(name)) {
      kept.push(name, rawHeaders[i + 1] ?? '')
    }
  }
  return kept
}
