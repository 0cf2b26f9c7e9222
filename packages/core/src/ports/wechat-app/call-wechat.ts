import { Pool } from 'undici'
import { z } from 'zod'
import { wasNotSent } from '../was-not-sent.ts'
import { type CallOutcome, watchCall } from '../watch-call.ts'
import { parseJson, receive } from '../wechat-pay/v3-client.ts'
import type { WechatFailure } from './wechat-app.ts'

/** In figures and traces; WeChat Pay has hosts and a name of its own. */
const PORT = 'wechat_app'
const DEADLINE_MS = 5_000

const errorSchema = z.object({ errcode: z.int() })
/** 40001 not valid, or the secret changed; 40014 no token; 42001 over. */
const TOKEN_GONE = new Set([40001, 40014, 42001])

export interface WechatCall<S extends z.ZodType> {
  method: 'GET' | 'POST'
  path: string
  query?: Record<string, string>
  body?: unknown
  /** Of a success. */
  schema: S
}

type WechatAnswer<S extends z.ZodType> = { value: z.output<S> } | { failed: WechatFailure }

/** HTTP to WeChat's own API, which answers 200 and an `errcode`. */
export interface WechatApi {
  call<S extends z.ZodType>(call: WechatCall<S>): Promise<WechatAnswer<S>>
  close(): Promise<void>
}

export function createWechatApi(apiUrl: string): WechatApi {
  const { origin, pathname } = new URL(apiUrl)
  const prefix = pathname.replace(/\/$/, '')
  const pool = new Pool(origin, { connections: 16, connect: { timeout: 3_000 } })

  async function ask<S extends z.ZodType>({
    method,
    path,
    query,
    body,
    schema,
  }: WechatCall<S>): Promise<WechatAnswer<S>> {
    let content: unknown
    try {
      const answer = await receive(
        await pool.request({
          method,
          path: prefix + path + (query ? `?${new URLSearchParams(query)}` : ''),
          headers: body === undefined ? {} : { 'content-type': 'application/json' },
          body: body === undefined ? null : JSON.stringify(body),
          signal: AbortSignal.timeout(DEADLINE_MS),
        }),
      )
      content = parseJson(answer.body)
    } catch (error) {
      // Never the error itself: it may name the address, which holds the secret and the code.
      return { failed: { reason: wasNotSent(error) ? 'not_sent' : 'unknown' } }
    }
    const said = errorSchema.safeParse(content)
    if (said.success && said.data.errcode !== 0) {
      const { errcode } = said.data
      if (errcode === -1) return { failed: { reason: 'busy' } }
      if (TOKEN_GONE.has(errcode)) return { failed: { reason: 'token_gone' } }
      return { failed: { reason: 'refused', errcode } }
    }
    const value = schema.safeParse(content)
    return value.success ? { value: value.data } : { failed: { reason: 'unknown' } }
  }

  return {
    call: (call) =>
      watchCall(
        PORT,
        () => ask(call),
        (answer) => ('value' in answer ? 'answered' : outcomes[answer.failed.reason]),
      ),
    close: () => pool.destroy(),
  }
}

const outcomes: Record<WechatFailure['reason'], CallOutcome> = {
  not_sent: 'NOT_SENT',
  unknown: 'UNKNOWN',
  busy: 'UNKNOWN',
  token_gone: 'REFUSED',
  refused: 'REFUSED',
}

/** Whoever asks for the same thing at the same time gets the same answer. */
export function oncePerKey<T>(ask: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const underWay = new Map<string, Promise<T>>()
  return (key) => {
    const before = underWay.get(key)
    if (before) return before
    const asked = ask(key).finally(() => underWay.delete(key))
    underWay.set(key, asked)
    return asked
  }
}
