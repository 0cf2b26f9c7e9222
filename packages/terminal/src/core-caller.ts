import { signRequest, verifyResponse } from '@campus-ecode/protocol/http-signature'
import { problemSchema } from '@campus-ecode/protocol/problem'
import { authorityOf } from '@campus-ecode/protocol/request-target'
import type { Route } from '@campus-ecode/protocol/route'
import type { SigningKey, VerifyingKey } from '@campus-ecode/protocol/signing-key'
import { Pool } from 'undici'
import { z } from 'zod'
import type { Answer, Refused } from './answer.ts'
import { type CoreClock, createCoreClock } from './core-clock.ts'
import { type HttpReply, sendHttp, wasNotSent } from './send-http.ts'

/** Where the core is, who we are, and whose answers we believe. */
export interface CallerOptions {
  /** `https://core.bank.example`: scheme, host and port, nothing more. */
  coreUrl: string
  key: SigningKey
  /** Keys that sign the core's answers; with a shared key, that same one. */
  coreKeys: readonly VerifyingKey[]
  /** How long one call may take. */
  callMs: number
  /** This machine's clock, for tests. */
  machineNow?: (() => number) | undefined
}

export type BodyOf<R extends Route> = z.output<R['answers'][keyof R['answers'] & number]>

export interface CoreCaller {
  readonly clock: CoreClock
  /**
   * Makes one call of the documented API: signed, and answered only by what verifies.
   *
   * A wrong clock is corrected once and the call repeated; so is a call whose nonce the network
   * delivered twice. Both are safe, because every call of a terminal may be repeated (R33).
   *
   * @param params Of the path, and of the query.
   * @param callMs Less than the configured time, when patience runs out before it.
   */
  call<R extends Route>(
    route: R,
    params: Record<string, string>,
    body?: unknown,
    callMs?: number,
  ): Promise<Answer<BodyOf<R>>>
  close(): Promise<void>
}

export function createCoreCaller(options: CallerOptions): CoreCaller {
  const { key, coreKeys } = options
  const origin = readOrigin(options.coreUrl)
  const machineNow = options.machineNow ?? Date.now
  const clock = createCoreClock(machineNow)
  const pool = new Pool(origin, { connections: 8, connect: { timeout: 3_000 } })
  const findKey = (keyId: string) => coreKeys.find((candidate) => candidate.keyId === keyId)

  function sign(method: string, target: string, body: string | undefined, nowMs: number) {
    const headers: Record<string, string> = {}
    if (body !== undefined) headers['content-type'] = 'application/json'
    const signed = signRequest({ method, origin, target, headers, body, key, nowMs })
    const request = { method, target, headers: { ...headers, ...signed.headers }, body }
    return { request, signature: signed.signature }
  }

  async function exchange(
    { request, signature }: ReturnType<typeof sign>,
    ms: number,
    by: CoreClock,
  ) {
    const sentAtMs = machineNow()
    const reply = await sendHttp(pool, request, ms)
    const receivedAtMs = machineNow()
    const verified = await verifyResponse({
      ...reply,
      requestSignature: signature,
      findKey,
      nowMs: by.now(),
      toleranceSeconds: ANSWER_TOLERANCE_SECONDS,
    })
    return { reply, verified: verified.ok, sentAtMs, receivedAtMs }
  }

  async function callOnce<R extends Route>(
    route: R,
    target: string,
    body: string | undefined,
    ms: number,
    again: boolean,
    by = clock,
  ): Promise<Answer<BodyOf<R>>> {
    // Throws for an address that cannot be signed, which is the caller's fault and not the network's.
    const signed = sign(route.method, target, body, by.now())
    let exchanged: Awaited<ReturnType<typeof exchange>>
    try {
      exchanged = await exchange(signed, ms, by)
    } catch (error) {
      return { kind: 'unknown', reason: wasNotSent(error) ? 'NOT_SENT' : 'NO_ANSWER' }
    }
    const { reply, verified, ...times } = exchanged
    const problem = reply.status < 400 ? undefined : readProblem(reply)
    const says = problem?.code
    if (says === 'SIGNATURE_REPLAYED' && again) return callOnce(route, target, body, ms, false)
    if (says === 'SIGNATURE_EXPIRED' && again) {
      const serverMs = readDate(reply)
      if (serverMs !== undefined) {
        // Nobody can sign for us before the clocks agree, so this hint is unproven: this one call alone
        // goes by it until the core answers provably. A gate judges codes by our clock.
        const guess = createCoreClock(machineNow)
        guess.learn({ serverMs, ...times })
        const before = clock.offsetMs
        const answer = await callOnce(route, target, body, ms, false, guess)
        // The answer may have told the time itself, and better.
        const isTold = clock.offsetMs !== before
        if (answer.kind !== 'unknown' && !isTold) clock.learn({ serverMs, ...times })
        return answer
      }
    }
    if (reply.status >= 500) return { kind: 'unknown', reason: 'FAULT', says }
    if (!verified) return { kind: 'unknown', reason: 'NOT_VERIFIED', says }
    if (problem) {
      // Both say that something of ours arrived, and not what became of it.
      const blurred = problem.code === 'SIGNATURE_REPLAYED' || problem.code === 'REQUEST_TIMEOUT'
      return blurred ? { kind: 'unknown', reason: 'FAULT', says } : toRefused(problem)
    }
    const parsed = route.answers[reply.status]?.safeParse(readJson(reply))
    if (!parsed?.success) return { kind: 'unknown', reason: 'NOT_UNDERSTOOD' }
    // Each route's schemas are its own, which the loose index above has forgotten.
    const answered = parsed.data as BodyOf<R>
    const { serverTime } = answered as { serverTime?: unknown }
    if (typeof serverTime === 'string') clock.learn({ serverMs: Date.parse(serverTime), ...times })
    return { kind: 'answered', body: answered }
  }

  return {
    clock,
    call(route, params, body, callMs = options.callMs) {
      const text = body === undefined ? undefined : JSON.stringify(body)
      const ms = Math.min(callMs, options.callMs)
      return callOnce(route, writeTarget(route.path, params), text, ms, true)
    },
    close: () => pool.destroy(),
  }
}

/**
 * An answer is bound to our request's nonce, so its age proves nothing more; and the clock that is
 * wrong may be ours. Wide enough for a core that accepts us at one minute's difference.
 */
const ANSWER_TOLERANCE_SECONDS = 300

/** Codes of a newer table are taken as they are. */
const anyProblemSchema = problemSchema.extend({ code: z.string().max(64) })
type AnyProblem = z.infer<typeof anyProblemSchema>

function readProblem(reply: HttpReply): AnyProblem | undefined {
  const parsed = anyProblemSchema.safeParse(readJson(reply))
  return parsed.success ? parsed.data : undefined
}

function toRefused(problem: AnyProblem): Refused {
  const { code, message, retryable, retryAfterSeconds, fields, requestId } = problem
  return { kind: 'refused', code, message, retryable, retryAfterSeconds, fields, requestId }
}

function readJson({ body }: HttpReply): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}

/** Of the second; its middle is the best guess. */
function readDate({ headers }: HttpReply): number | undefined {
  const ms = Date.parse(String(headers.date))
  return Number.isNaN(ms) ? undefined : ms + 500
}

/** What has no place in the path goes into the query. */
function writeTarget(path: string, params: Record<string, string>): string {
  const rest = { ...params }
  const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => {
    delete rest[name]
    return encodeURIComponent(params[name] ?? '')
  })
  const query = new URLSearchParams(rest).toString()
  return query ? `${filled}?${query}` : filled
}

function readOrigin(coreUrl: string): string {
  authorityOf(coreUrl)
  const { origin, protocol, hostname } = new URL(coreUrl)
  const local = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
  if (protocol !== 'https:' && !local && process.env.NODE_ENV === 'production') {
    throw new TypeError('In production the core is reached by https')
  }
  return origin
}
