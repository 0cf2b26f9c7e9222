import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  bffRoutes,
  corePersonRoutes,
  providerRoutes,
  terminalRoutes,
} from '@campus-ecode/protocol/core-api'
import { gateRoutes } from '@campus-ecode/protocol/gate-api'
import { signRequest, verifyResponse } from '@campus-ecode/protocol/http-signature'
import { incomingRoutes } from '@campus-ecode/protocol/incoming'
import { operatorRoutes } from '@campus-ecode/protocol/operator-api'
import { orderRoutes } from '@campus-ecode/protocol/orders'
import { type Problem, problemSchema } from '@campus-ecode/protocol/problem'
import type { Route } from '@campus-ecode/protocol/route'
import { coreSignInRoutes, serviceTicketRoutes } from '@campus-ecode/protocol/sign-ins'
import { createSigningKey, type SigningKey } from '@campus-ecode/protocol/signing-key'
import type { SmsRequest } from '@campus-ecode/protocol/sms-port'
import { waterRoutes } from '@campus-ecode/protocol/water'
import { request } from 'undici'
import { createApp } from '../app.ts'
import { createEventBell } from '../events/event-bell.ts'
import { createCallerKeys, terminalKeyContext } from '../http/caller-keys.ts'
import { createHttpServer, type ServerLimits } from '../http/http-server.ts'
import { createLog } from '../http/log.ts'
import type { Services, TerminalCaller } from '../http/operation.ts'
import type { PortAnswer } from '../ports/debit-port.ts'
import { createTestCampus, SCHOOL } from './campus.ts'

const routes = {
  ...bffRoutes,
  ...corePersonRoutes,
  ...terminalRoutes,
  ...waterRoutes,
  ...incomingRoutes,
  ...orderRoutes,
  ...gateRoutes,
  ...providerRoutes,
  ...coreSignInRoutes,
  ...serviceTicketRoutes,
  ...operatorRoutes,
}
export type RouteName = keyof typeof routes

/** What a signed call says; everything has a usual value. */
export interface CallOptions {
  params?: Record<string, string>
  query?: Record<string, string>
  body?: unknown
  /** Bytes that are no JSON, in place of `body`. */
  raw?: string | Buffer
  contentType?: string
  key?: SigningKey
  nonce?: string
  /** `ecode-*` and other headers beside the usual ones. */
  headers?: Record<string, string>
  /** Of the signature, in milliseconds from now. */
  skewMs?: number
  /** Changes the request after it was signed. */
  tamper?: (sent: SentRequest) => void
}

export interface SentRequest {
  method: string
  target: string
  headers: Record<string, string>
  body: string | Buffer | undefined
}

export interface Reply {
  status: number
  headers: Record<string, string | string[] | undefined>
  // biome-ignore lint/suspicious/noExplicitAny: an answer is looked at by a test that knows its form.
  body: any
  /** The answer was signed under the caller's key and bound to this very request. */
  signed: boolean
}

/** A core behind a real socket, on a school and database of its own, with a log that can be read. */
export async function createHttpCore(
  change: (services: Services) => Services = (services) => services,
  limits?: ServerLimits,
) {
  const campus = await createTestCampus()
  const logged: string[] = []
  const messages: SmsRequest[] = []
  let smsAnswer: 'accepted' | 'NOT_SENT' | 'UNKNOWN' | 'REFUSED' = 'accepted'
  const bell = createEventBell()
  const sms = {
    async send(message: SmsRequest): Promise<PortAnswer<{ reference: string; accepted: true }>> {
      if (smsAnswer === 'REFUSED') return { ok: false, reason: smsAnswer, error: 'UNAUTHORISED' }
      if (smsAnswer !== 'accepted') return { ok: false, reason: smsAnswer }
      messages.push(message)
      return { ok: true, value: { reference: message.reference, accepted: true } }
    },
  }
  const services = change({
    ...campus.services,
    ports: { ...campus.services.ports, sms },
    log: createLog('core', 'debug', { write: (line) => void logged.push(line) }),
    wakeEvents: bell.ring,
    waitForEvents: bell.wait,
  })

  const createKey = (keyId: string) =>
    createSigningKey({
      keyId,
      algorithm: 'hmac-sha256',
      secret: randomBytes(32).toString('base64url'),
    })
  const bffSecret = randomBytes(32).toString('base64url')
  const bffMaterial = { keyId: 'bff-1', algorithm: 'hmac-sha256', secret: bffSecret } as const
  const bffKey = createSigningKey(bffMaterial)
  const providerMaterial = {
    keyId: 'face-1',
    algorithm: 'hmac-sha256',
    secret: randomBytes(32).toString('base64url'),
  } as const
  const providerKey = createSigningKey(providerMaterial)
  const operatorMaterial = {
    keyId: 'operator-1',
    algorithm: 'hmac-sha256',
    secret: randomBytes(32).toString('base64url'),
  } as const
  const operatorKey = createSigningKey(operatorMaterial)
  const reception = {
    origin: '',
    findKey: createCallerKeys(services, [bffMaterial], providerMaterial, operatorMaterial),
    now: () => services.now(),
  }
  const server: Server = createHttpServer(
    createApp(services, reception, async () => services.db.pool.query('select 1')),
    services,
    limits,
  )
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  reception.origin = `http://127.0.0.1:${port}`

  /** Gives a terminal of the campus a key that it can sign with. */
  async function giveKey(terminal: TerminalCaller): Promise<{ key: SigningKey; secret: string }> {
    const { schoolId, terminalId, keyId } = terminal
    const secret = randomBytes(32).toString('base64url')
    await services.db.pool.query(
      'update terminals set sealed_key = $3 where school_id = $1 and terminal_id = $2',
      [
        schoolId,
        terminalId,
        await services.keys.seal(terminalKeyContext(schoolId, terminalId), secret),
      ],
    )
    return { key: createSigningKey({ keyId, algorithm: 'hmac-sha256', secret }), secret }
  }
  const { key: terminalKey } = await giveKey(campus.terminal)

  function sign(
    method: string,
    target: string,
    options: CallOptions,
  ): SentRequest & { signature: string } {
    const { body, raw, contentType = 'application/json', key = bffKey, nonce, skewMs = 0 } = options
    const content = raw ?? (body === undefined ? undefined : JSON.stringify(body))
    const headers: Record<string, string> = {
      ...(content !== undefined && { 'content-type': contentType }),
      ...options.headers,
    }
    const signed = signRequest({
      method,
      origin: reception.origin,
      target,
      headers,
      body: content,
      key,
      nowMs: services.now() + skewMs,
      ...(nonce !== undefined && { nonce }),
    })
    const { signature } = signed
    const sent = {
      method,
      target,
      headers: { ...headers, ...signed.headers },
      body: content,
      signature,
    }
    options.tamper?.(sent)
    return sent
  }

  async function send(sent: SentRequest & { signature?: string }, key = bffKey): Promise<Reply> {
    const { statusCode, headers, body } = await request(reception.origin + sent.target, {
      method: sent.method as 'GET',
      headers: sent.headers,
      body: sent.body ?? null,
    })
    const bytes = Buffer.from(await body.arrayBuffer())
    const verified =
      sent.signature !== undefined &&
      (await verifyResponse({
        status: statusCode,
        headers,
        body: bytes,
        requestSignature: sent.signature,
        findKey: (keyId) => (keyId === key.keyId ? key : undefined),
        nowMs: services.now(),
      }))
    return {
      status: statusCode,
      headers,
      body: bytes.length > 0 ? JSON.parse(bytes.toString('utf8')) : undefined,
      signed: verified !== false && verified.ok,
    }
  }

  /** Sends any method and target, signed. */
  async function callTarget(method: string, target: string, options: CallOptions = {}) {
    return send(sign(method, target, options), options.key)
  }

  /** Calls a route by its name; a success is checked against the route's own schema. */
  async function call(name: RouteName, options: CallOptions = {}): Promise<Reply> {
    const route: Route = routes[name]
    const usual = Object.hasOwn(terminalRoutes, name)
      ? terminalKey
      : Object.hasOwn(providerRoutes, name)
        ? providerKey
        : Object.hasOwn(operatorRoutes, name)
          ? operatorKey
          : bffKey
    const key = options.key ?? usual
    const params: Record<string, string> = { schoolId: SCHOOL, ...options.params }
    const path = route.path.replaceAll(/:(\w+)/g, (_, part: string) => params[part] ?? '')
    const query = options.query ? `?${new URLSearchParams(options.query)}` : ''
    const reply = await callTarget(route.method, path + query, { ...options, key })
    const schema = route.answers[reply.status] ?? problemSchema
    schema.parse(reply.body)
    return reply
  }

  return {
    ...campus,
    services,
    origin: reception.origin,
    port,
    bffKey,
    bffSecret,
    terminalKey,
    providerKey,
    createKey,
    giveKey,
    sign,
    send,
    callTarget,
    call,
    /** The code of a refusal; fails on a success. */
    async refused(name: RouteName, options: CallOptions = {}): Promise<Problem['code']> {
      const { status, body } = await call(name, options)
      if (status < 400) throw new Error(`${name} was answered ${status}`)
      return problemSchema.parse(body).code
    },
    /**
     * Waits until everything written so far may be told. Other tests share the server, and an event is
     * held back while any older transaction is running.
     */
    async settleEvents(): Promise<void> {
      const { pool } = services.db
      const { rows } = await pool.query('select pg_current_xact_id()::text as xid')
      const isSettled = 'select pg_snapshot_xmin(pg_current_snapshot()) > $1::xid8 as settled'
      while (!(await pool.query(isSettled, [rows[0].xid])).rows[0].settled) await sleep(5)
    },
    /** Writes bytes to the port and returns all that comes back. */
    sendBytes: (text: string): Promise<string> =>
      new Promise((resolve, reject) => {
        let answer = ''
        const socket = connect(port, '127.0.0.1', () => socket.write(text))
        socket.setEncoding('utf8').on('data', (chunk) => {
          answer += chunk
        })
        socket.once('close', () => resolve(answer)).once('error', reject)
      }),
    logged,
    messages,
    setSms(next: typeof smsAnswer) {
      smsAnswer = next
    },
    async close() {
      bell.stop()
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
      await campus.close()
    },
  }
}
export type HttpCore = Awaited<ReturnType<typeof createHttpCore>>
