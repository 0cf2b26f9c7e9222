import { createHmac } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { OrderNotice } from '@campus-ecode/protocol/orders'

export interface ReceivedNotice {
  id: string
  notice: OrderNotice
  /** By the words of Standard Webhooks, and nobody's library. */
  isGenuine: boolean
}

/** A merchant's server that hears notices, and can be told to lose some. */
export class NoticeReceiver {
  readonly received: ReceivedNotice[] = []
  secret = ''
  /** So many of the next ones are answered 500. */
  losing = 0
  readonly #server: Server

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const body = await text(request)
      const {
        'webhook-id': id,
        'webhook-timestamp': at,
        'webhook-signature': given,
      } = request.headers
      const key = Buffer.from(this.secret.replace(/^whsec_/, ''), 'base64')
      const signature = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')
      this.received.push({
        id: String(id),
        notice: JSON.parse(body) as OrderNotice,
        isGenuine: given === `v1,${signature}`,
      })
      response.writeHead(this.losing-- > 0 ? 500 : 204).end()
    })
  }

  static async open(): Promise<NoticeReceiver> {
    const receiver = new NoticeReceiver()
    await new Promise<void>((done) => receiver.#server.listen(0, '127.0.0.1', done))
    return receiver
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/notices`
  }

  /** All that was heard of an order, once there are so many. */
  async waitFor(orderNo: string, count: number): Promise<ReceivedNotice[]> {
    const deadline = Date.now() + 30_000
    for (;;) {
      const heard = this.received.filter(({ notice }) => notice.data.orderNo === orderNo)
      if (heard.length >= count) return heard
      if (Date.now() > deadline) throw new Error(`${heard.length} of ${count} notices came`)
      await new Promise((done) => setTimeout(done, 100))
    }
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}
