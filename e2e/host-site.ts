import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** What the site answers at an address of its own, instead of the server that is there. */
export interface Answer {
  status?: number
  type?: string
  headers?: Record<string, string>
  body: string | Buffer
}
type Page = Answer | ((call: { body: string }) => Promise<Answer> | Answer)

/**
 * A school's site, and the network around it: a browser that has it as its proxy gets our pages at any
 * address, and all else from where it is. Unlike what a browser plays by itself, it can be cut for
 * service workers, too.
 */
export class HostSite {
  /** By address, without the query. */
  readonly pages = new Map<string, Page>()
  /** Of an app's own files: there without a network. */
  readonly shipped = new Map<string, Answer>()
  /** What was asked for while there was a network. */
  readonly asked: string[] = []
  isCut = false
  readonly #server: Server

  private constructor() {
    this.#server = createServer((incoming, outgoing) => {
      const address = (incoming.url ?? '').replace(/[?#].*/, '')
      const shipped = this.shipped.get(address)
      if (shipped) return send(shipped)
      if (this.isCut) return void incoming.socket.destroy()
      this.asked.push(`${incoming.method} ${address}`)
      const page = this.pages.get(address)
      if (typeof page === 'function') return void answer(incoming, page).then(send)
      if (page) return send(page)
      const onward = request(incoming.url ?? '', {
        method: incoming.method ?? 'GET',
        headers: withoutProxy(incoming.headers),
      })
      onward.once('response', (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        outgoing.flushHeaders()
        answer.pipe(outgoing)
      })
      onward.once('error', () => outgoing.destroy())
      outgoing.once('close', () => onward.destroy())
      incoming.pipe(onward)
      return undefined

      function send({ status = 200, type = 'text/html; charset=utf-8', headers, body }: Answer) {
        outgoing.writeHead(status, { 'content-type': type, ...headers }).end(body)
      }
    })
  }

  static async open(): Promise<HostSite> {
    const site = new HostSite()
    await new Promise<void>((done) => site.#server.listen(0, '127.0.0.1', done))
    return site
  }

  /** For `newContext`: Chromium would go to this machine's own addresses directly. */
  get proxy() {
    const { port } = this.#server.address() as AddressInfo
    return { server: `http://127.0.0.1:${port}`, bypass: '<-loopback>' }
  }

  cut(): void {
    this.isCut = true
    this.#server.closeAllConnections()
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((done) => this.#server.close(done))
  }
}

async function answer(incoming: IncomingMessage, page: Exclude<Page, Answer>): Promise<Answer> {
  return page({ body: (await buffer(incoming)).toString() })
}

function withoutProxy({ 'proxy-connection': _, ...headers }: IncomingHttpHeaders) {
  return headers
}
