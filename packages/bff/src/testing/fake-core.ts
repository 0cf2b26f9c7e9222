import { hash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ErrorCode } from '@campus-ecode/protocol/errors'
import { signResponse, verifyRequest } from '@campus-ecode/protocol/http-signature'
import { PROBLEM_TYPE, toProblem } from '@campus-ecode/protocol/problem'
import { createSigningKey } from '@campus-ecode/protocol/signing-key'

/** A call whose signature the fake core has verified. */
export interface FakeCall {
  method: string
  target: string
  headers: IncomingHttpHeaders
  body: string
}

export interface FakeAnswer {
  status: number
  json: unknown
  type?: string
  /** What leaves in place of the body that was signed. */
  tampered?: string
}

type Handler = (call: FakeCall) => FakeAnswer | undefined | Promise<FakeAnswer | undefined>

export interface FakeEvent {
  cursor: string
  at: string
  schoolId: string
  personId: string
  data: unknown
}

/** A core over real HTTP with real signatures, whose answers a test decides. */
export interface FakeCore {
  origin: string
  calls: FakeCall[]
  /** Calls other than the feed's. */
  forwarded(): FakeCall[]
  /** Tried before what the fake answers by itself; undefined passes on. */
  handle: Handler
  /** Takes the answer over, signature and all. */
  respondRaw: ((response: ServerResponse) => void) | undefined
  events: FakeEvent[]
  publish(person: { schoolId: string; personId: string }, data: unknown): FakeEvent
  close(): Promise<void>
}

export const coreKey = {
  keyId: 'bff-1',
  secret: hash('sha256', 'the BFF at the core', 'base64url'),
}

export async function startFakeCore(): Promise<FakeCore> {
  const key = createSigningKey({ ...coreKey, algorithm: 'hmac-sha256' })
  const waiting = new Set<() => void>()
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', async () => {
      const body = Buffer.concat(chunks)
      const { method = '', url: target = '', headers } = incoming
      const verified = await verifyRequest({
        method,
        origin: core.origin,
        target,
        headers,
        body,
        findKey: (keyId) => (keyId === key.keyId ? key : undefined),
        nowMs: Date.now(),
      })
      if (!verified.ok) {
        // A core cannot sign an answer to somebody it does not know.
        return void response.writeHead(401).end(JSON.stringify(verified))
      }
      const call = { method, target, headers, body: body.toString() }
      core.calls.push(call)
      if (core.respondRaw) return core.respondRaw(response)
      const answer = (await core.handle(call)) ?? (await answerByItself(call))
      const bytes = Buffer.from(JSON.stringify(answer.json))
      const covered = {
        'content-type': answer.type ?? (answer.status < 400 ? 'application/json' : PROBLEM_TYPE),
        'ecode-request-id': String(headers['ecode-request-id']),
      }
      const signed = signResponse({
        status: answer.status,
        headers: covered,
        body: bytes,
        requestSignature: verified.signature,
        key,
        nowMs: Date.now(),
      })
      response.writeHead(answer.status, { ...covered, ...signed.headers })
      response.end(answer.tampered ?? bytes)
    })
  })

  const answerByItself = async (call: FakeCall): Promise<FakeAnswer> => {
    const { pathname, searchParams } = new URL(call.target, core.origin)
    const after = searchParams.get('after')
    if (pathname === '/v1/events') {
      if (after !== null && readAfter(after).length === 0) {
        await new Promise<void>((resolve) => {
          waiting.add(resolve)
          setTimeout(resolve, Number(searchParams.get('waitSeconds') ?? 0) * 1000).unref()
        })
      }
      return { status: 200, json: toPage(after === null ? [] : readAfter(after)) }
    }
    const person = /^\/v1\/schools\/(\d{4})\/people\/([\w-]+)\/events$/.exec(pathname)
    if (person) {
      const events = after === null ? [] : readAfter(after)
      const own = events.filter(
        ({ schoolId, personId }) => schoolId === person[1] && personId === person[2],
      )
      return {
        status: 200,
        json: toPage(own.map(({ cursor, at, data }) => ({ cursor, at, data }))),
      }
    }
    return { status: 200, json: {} }
  }
  const presentCursor = () => `${core.events.length}`
  const readAfter = (after: string) => core.events.slice(Number(after))
  const toPage = (events: unknown[]) => ({ events, cursor: presentCursor() })

  const core: FakeCore = {
    origin: '',
    calls: [],
    forwarded: () => core.calls.filter(({ target }) => !target.startsWith('/v1/events')),
    handle: () => undefined,
    respondRaw: undefined,
    events: [],
    publish({ schoolId, personId }, data) {
      const cursor = `${core.events.length + 1}`
      const at = new Date().toISOString()
      // A notice, like whatever else a core may say of an event, is no business of the BFF.
      const event = { cursor, at, schoolId, personId, notice: true, data }
      core.events.push(event)
      for (const wake of waiting) wake()
      waiting.clear()
      return event
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  core.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return core
}

/** A problem as a core sends it. */
export function coreProblem(
  code: ErrorCode,
  more: { fields?: string[]; retryAfterSeconds?: number } = {},
): FakeAnswer {
  const problem = toProblem(code, 'core', more)
  return { status: problem.status, json: problem }
}
