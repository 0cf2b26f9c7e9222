import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  signRequest,
  signResponse,
  verifyRequest,
  verifyResponse,
} from '@campus-ecode/protocol/http-signature'
import type { SigningKey } from '@campus-ecode/protocol/signing-key'
import { Pool } from 'undici'

/** A call of a core on its way to the bank or the one-card system. */
export interface PortCall {
  method: string
  /** Path. */
  target: string
  body: string
  /** Debits, refunds, payouts and top-ups: what moves money when it arrives. */
  isOrder: boolean
}

/**
 * What becomes of a call. lost: it never arrives, the connection is cut. dropped: it arrives and is
 * acted on, and the connection is cut. silent: it never arrives and nothing is said.
 */
export type Fate =
  | { kind: 'pass' | 'lost' | 'dropped' | 'silent' | 'twice' }
  | { kind: 'slow'; delayMs: number }

/** Stands between one core and one outside system, and decides what becomes of each call. */
export interface PortGateway {
  readonly url: string
  /** Refuses connections for so long, and cuts those there are. */
  goAway(ms: number): Promise<void>
  close(): Promise<void>
}

/** Longer than a core waits. */
const SILENT_MS = 10_000
/** No shorter than the system itself takes; it is beside us. */
const ANSWER_MS = 15_000

/**
 * Verifies each call as the system would, by the true clock, and makes it there anew under the same
 * key; answers are signed for the core in turn.
 *
 * @param onAnswered Told what the system answered a call that it has acted on, and the call's fate.
 */
export async function startPortGateway({
  url,
  key,
  decide,
  onAnswered,
}: {
  url: string
  key: SigningKey
  decide(call: PortCall): Fate
  onAnswered(call: PortCall, fate: Fate, answer: unknown): void
}): Promise<PortGateway> {
  const pool = new Pool(url, { connections: 64 })
  let origin = ''

  async function ask({ method, target, body }: PortCall) {
    const content = body === '' ? undefined : body
    const type: Record<string, string> =
      content === undefined ? {} : { 'content-type': 'application/json' }
    const nowMs = Date.now()
    const signed = signRequest({
      method,
      origin: url,
      target,
      headers: type,
      body: content,
      key,
      nowMs,
    })
    const answer = await pool.request({
      method: method as 'GET' | 'POST',
      path: target,
      headers: { ...type, ...signed.headers },
      body: content ?? null,
      signal: AbortSignal.timeout(ANSWER_MS),
    })
    const text = await answer.body.text()
    const verified = await verifyResponse({
      status: answer.statusCode,
      headers: answer.headers,
      body: text,
      requestSignature: signed.signature,
      findKey: () => key,
      nowMs: Date.now(),
    })
    if (!verified.ok) throw new Error(`an outside system does not sign: ${verified.code}`)
    return { status: answer.statusCode, text }
  }

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = '', url: target = '', headers } = incoming
    const body = await readText(incoming)
    const isOrder =
      method === 'POST' &&
      /^\/v1\/(debits(\/[^/]+\/refunds)?|payouts|utility-top-ups)$/.test(target)
    const verified = await verifyRequest({
      method,
      origin,
      target,
      headers,
      body: body === '' ? undefined : body,
      findKey: (keyId) => (keyId === key.keyId ? key : undefined),
      nowMs: Date.now(),
    })
    if (!verified.ok) return void outgoing.writeHead(401).end()
    const call: PortCall = { method, target, body, isOrder }
    const fate = decide(call)
    if (fate.kind === 'lost') return void incoming.socket.destroy()
    if (fate.kind === 'silent') {
      await sleep(SILENT_MS, undefined, { ref: false })
      return void incoming.socket.destroy()
    }
    let answer = await ask(call)
    if (fate.kind === 'twice') answer = await ask(call)
    onAnswered(call, fate, JSON.parse(answer.text))
    if (fate.kind === 'dropped') return void incoming.socket.destroy()
    if (fate.kind === 'slow') await sleep(fate.delayMs)
    const type = { 'content-type': 'application/json' }
    const signed = signResponse({
      status: answer.status,
      headers: type,
      body: answer.text,
      requestSignature: verified.signature,
      key,
      nowMs: Date.now(),
    })
    outgoing.writeHead(answer.status, { ...type, ...signed.headers }).end(answer.text)
  }

  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch(() => incoming.socket.destroy())
  })
  const listen = (port: number) =>
    new Promise<void>((done) => server.listen(port, '127.0.0.1', done))
  const stopListening = async () => {
    const closed = new Promise((done) => server.close(done))
    server.closeAllConnections()
    await closed
  }
  await listen(0)
  const { port } = server.address() as AddressInfo
  origin = `http://127.0.0.1:${port}`
  return {
    url: origin,
    async goAway(ms) {
      await stopListening()
      await sleep(ms)
      await listen(port)
    },
    async close() {
      await stopListening()
      await pool.destroy()
    },
  }
}

async function readText(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
