import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'

interface Fetchable {
  fetch(request: Request, env: never): Response | Promise<Response>
}

/** An HTTP listener that can be taken away and put back at the same port, as a service that dies. */
export class Listener {
  #app: Fetchable
  #host: string
  #port: number
  #server: Server | undefined
  #sockets = new Set<Socket>()

  constructor(app: Fetchable, host: string, port: number) {
    this.#app = app
    this.#host = host
    this.#port = port
  }

  get origin(): string {
    return `http://${this.#host}:${this.#port}`
  }

  async up(): Promise<void> {
    if (this.#server) return
    const listen = getRequestListener((request, env) => this.#app.fetch(request, env as never))
    const server = createServer(
      (incoming, outgoing: ServerResponse) => void listen(incoming, outgoing),
    )
    server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(this.#port, this.#host, resolve)
    })
    this.#port = (server.address() as AddressInfo).port
    this.#server = server
  }

  /** Refuses connections from now on and cuts those there are. */
  async down(): Promise<void> {
    const server = this.#server
    if (!server) return
    this.#server = undefined
    const closed = new Promise((resolve) => server.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }
}
