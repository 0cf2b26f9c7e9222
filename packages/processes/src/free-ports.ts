import { createServer, type Server } from 'node:net'

/**
 * Below the ports that systems give to outgoing connections: one of those could take the port of a
 * process while that is dead.
 */
const FIRST = 12_000
const LAST = 32_000

/**
 * A place of its own for each process, and none twice: whoever looks at the same time, before the first ones are
 * taken, looks elsewhere.
 */
let next = process.pid * 67

/** Ports of this machine that nobody has at the moment, all different: each is held until all are found. */
export async function findFreePorts(count: number): Promise<number[]> {
  const held = new Map<number, Server>()
  while (held.size < count) {
    const port = FIRST + (next++ % (LAST - FIRST))
    const server = held.has(port) ? undefined : await hold(port)
    if (server) held.set(port, server)
  }
  await Promise.all([...held.values()].map((server) => new Promise((done) => server.close(done))))
  return [...held.keys()]
}

export async function findFreePort(): Promise<number> {
  const [port = 0] = await findFreePorts(1)
  return port
}

function hold(port: number): Promise<Server | undefined> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined))
    server.listen(port, '127.0.0.1', () => resolve(server))
  })
}
