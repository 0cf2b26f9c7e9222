import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FakeRequest {
  method: string
  /** Path and query. */
  target: string
  headers: IncomingMessage['headers']
  body: string
}

export interface FakeAnswer {
  status?: number
  body: string | Buffer
  /** In place of the right ones. */
  headers?: Record<string, string>
  /** Signs for it; null leaves it unsigned. */
  key?: { serial: string; privateKey: KeyObject } | null
  /** Of the signature, from now. */
  skewSeconds?: number
}

export function makeFakeKey(serial: string) {
  return { serial, ...generateKeyPairSync('rsa', { modulusLength: 2048 }) }
}

/** A host that answers what a test wants, signed as WeChat signs. `silence` cuts the line instead. */
export async function createFakeWechat(key: { serial: string; privateKey: KeyObject }) {
  const requests: FakeRequest[] = []
  let answer: (request: FakeRequest) => FakeAnswer | 'silence' = () => 'silence'
  const server = createServer((incoming, outgoing) => {
    let body = ''
    incoming.setEncoding('utf8').on('data', (chunk) => {
      body += chunk
    })
    incoming.once('end', () => {
      const { method = '', url: target = '', headers } = incoming
      const request = { method, target, headers, body }
      requests.push(request)
      const said = answer(request)
      if (said === 'silence') return incoming.socket.destroy()
      const by = said.key === undefined ? key : said.key
      outgoing.writeHead(said.status ?? 200, {
        ...(by && signFake(by, said.body, said.skewSeconds)),
        ...said.headers,
      })
      return outgoing.end(said.body)
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    onRequest(next: typeof answer) {
      answer = next
    },
    /** What is under way is answered; nobody can connect any more. */
    goAway() {
      server.close()
    },
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

/** WeChat's four headers over a body. */
export function signFake(
  { serial, privateKey }: { serial: string; privateKey: KeyObject },
  body: string | Buffer,
  skewSeconds = 0,
): Record<string, string> {
  const timestamp = String(Math.floor(Date.now() / 1000) + skewSeconds)
  const nonce = randomBytes(16).toString('hex')
  const message = Buffer.concat([
    Buffer.from(`${timestamp}\n${nonce}\n`),
    Buffer.from(body),
    Buffer.from('\n'),
  ])
  return {
    'wechatpay-timestamp': timestamp,
    'wechatpay-nonce': nonce,
    'wechatpay-serial': serial,
    'wechatpay-signature': sign('sha256', message, privateKey).toString('base64'),
  }
}
