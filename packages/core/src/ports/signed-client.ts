import { portErrorSchema } from '@campus-ecode/protocol/debit-port'
import { signRequest, verifyResponse } from '@campus-ecode/protocol/http-signature'
import type { SigningKey } from '@campus-ecode/protocol/signing-key'
import { withTrace } from '@campus-ecode/service/tracing'
import type { Logger } from 'pino'
import { type Dispatcher, Pool } from 'undici'
import type { z } from 'zod'
import type { PortAnswer } from './debit-port.ts'
import { wasNotSent } from './was-not-sent.ts'
import { watchCall } from './watch-call.ts'

/** Where an outside system is and how we sign. */
export interface PortConfig {
  /** Whose it is, in figures and traces; left out, nobody counts. */
  name?: string
  /** May have a path, which comes before the port's own paths. */
  url: string
  key: SigningKey
  now(): number
  /** Hears of answers that came and were not believed: whoever makes the other side sees nothing else of it. */
  log?: Pick<Logger, 'warn'>
  /** For each call; 4 s by default. After that the answer is UNKNOWN. */
  deadlineMs?: number
}

export interface PortCall<S extends z.ZodType> {
  method: 'GET' | 'POST'
  /** Of the port's own; `about` stands in for its parameters. */
  path: string
  /** What must stand in the answer, too: one about something else than was asked says nothing. */
  about?: Record<string, string>
  body?: unknown
  /** Of the answer with status 200. */
  schema: S
  deadlineMs?: number
}

export interface SignedClient {
  /** Asks once; repeating is the caller's decision. Never throws. */
  call<S extends z.ZodType>(call: PortCall<S>): Promise<PortAnswer<z.output<S>>>
  close(): Promise<void>
}

const DEADLINE_MS = 4_000
/** A hanging bank must not take every socket of the process. */
const CONNECTIONS_MAX = 32
const ANSWER_BYTES_MAX = 64 * 1024

/** Calls an outside system over HTTP, signed both ways. */
export function createSignedClient(config: PortConfig): SignedClient {
  const { name, url, key, now, log, deadlineMs } = config
  const { origin, pathname } = new URL(url)
  const prefix = pathname.replace(/\/$/, '')
  const pool = new Pool(origin, { connections: CONNECTIONS_MAX, connect: { timeout: 3_000 } })

  async function ask<S extends z.ZodType>({
    method,
    path,
    about = {},
    body,
    schema,
    ...call
  }: PortCall<S>): Promise<PortAnswer<z.output<S>>> {
    const target = prefix + fill(path, about)
    const text = body === undefined ? undefined : JSON.stringify(body)
    const headers = text === undefined ? {} : { 'content-type': 'application/json' }
    const signed = signRequest({
      method,
      origin,
      target,
      headers,
      body: text,
      key,
      nowMs: now(),
    })
    let answer: Received
    try {
      const signal = AbortSignal.timeout(call.deadlineMs ?? deadlineMs ?? DEADLINE_MS)
      answer = await receive(
        await pool.request({
          method,
          path: target,
          headers: withTrace({ ...headers, ...signed.headers }),
          body: text ?? null,
          signal,
        }),
      )
    } catch (error) {
      return { ok: false, reason: wasNotSent(error) ? 'NOT_SENT' : 'UNKNOWN' }
    }
    const verified = await verifyResponse({
      status: answer.status,
      headers: answer.headers,
      body: answer.body,
      requestSignature: signed.signature,
      findKey: (keyId) => (keyId === key.keyId ? key : undefined),
      nowMs: now(),
    })
    const said = verified.ok ? read(answer, schema, about) : verified.code
    if (typeof said === 'object') return said
    // The pattern, not the address: that names whom it is about.
    const { status } = answer
    log?.warn({ port: name, method, path, status, because: said }, 'an answer was not believed')
    return { ok: false, reason: 'UNKNOWN' }
  }

  return {
    call(call) {
      if (name === undefined) return ask(call)
      const asked = () => ask(call)
      return watchCall(name, asked, (answer) => (answer.ok ? 'answered' : answer.reason))
    },
    close: () => pool.destroy(),
  }
}

interface Received {
  status: number
  headers: Dispatcher.ResponseData['headers']
  body: Buffer
}

async function receive({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<Received> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > ANSWER_BYTES_MAX) throw new Error('the answer is too long')
    chunks.push(chunk)
  }
  return { status: statusCode, headers, body: Buffer.concat(chunks) }
}

/** Only what they say themselves, in the agreed form and about what was asked, counts as said; else why not. */
function read<S extends z.ZodType>(
  { status, body }: Received,
  schema: S,
  about: Record<string, string>,
): PortAnswer<z.output<S>> | string {
  const content = parseJson(body)
  if (status === 200) {
    const { success, data, error } = schema.safeParse(content)
    if (!success) {
      const wrong = new Set(error.issues.map((issue) => issue.path.join('.') || 'the whole'))
      return `not in the agreed form: ${[...wrong].join(', ')}`
    }
    const said = data as Record<string, unknown>
    const other = Object.keys(about).find((name) => said[name] !== about[name])
    return other === undefined ? { ok: true, value: data } : `about another ${other}`
  }
  if (status >= 400 && status < 500) {
    const refused = portErrorSchema.safeParse(content)
    if (refused.success) return { ok: false, reason: 'REFUSED', error: refused.data.error }
    return 'a refusal that names no error'
  }
  return 'a fault of theirs'
}

/** A path of a port with its parameters in place. */
export function fill(path: string, params: Record<string, string>): string {
  return path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}
