import type { Dispatcher, Pool } from 'undici'

export interface HttpCall {
  method: string
  /** Path and query, exactly as signed. */
  target: string
  headers: Record<string, string>
  body: string | undefined
}

export interface HttpReply {
  status: number
  headers: Dispatcher.ResponseData['headers']
  body: Buffer
}

/** Sends once and reads the whole reply. Throws when there is none within the time. */
export async function sendHttp(pool: Pool, call: HttpCall, timeoutMs: number): Promise<HttpReply> {
  const { method, target, headers, body } = call
  const response = await pool.request({
    method: method as Dispatcher.HttpMethod,
    path: target,
    headers,
    body: body ?? null,
    // It takes whole milliseconds only; a fraction would throw before anything was sent.
    signal: AbortSignal.timeout(Math.ceil(timeoutMs)),
  })
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > REPLY_BYTES_MAX) throw new Error('the reply is too long')
    chunks.push(chunk)
  }
  return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }
}

/** True only where no connection was made, so that not a byte of the request can have arrived. */
export function wasNotSent(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(wasNotSent)
  return error instanceof Error && NOT_SENT_CODES.has((error as NodeJS.ErrnoException).code ?? '')
}

/** A page of a bill is the longest thing that anyone asks for here. */
const REPLY_BYTES_MAX = 4 * 1024 * 1024

const NOT_SENT_CODES = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])
