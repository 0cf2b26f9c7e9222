import type { IncomingMessage } from 'node:http'
import type { ErrorCode } from '@campus-ecode/protocol/errors'
import type { Route } from '@campus-ecode/protocol/route'
import { idSchema } from '@campus-ecode/protocol/shapes'
import { inServerSpan } from '@campus-ecode/service/tracing'
import type { HttpBindings } from '@hono/node-server'
import type { Hono, Context as HonoContext } from 'hono'
import type { Tx } from '../db/database.ts'
import { countCall } from '../metrics/metrics.ts'
import { type Asked, answerRefusal, answerSuccess } from './answer-request.ts'
import { isOutage } from './faults.ts'
import {
  type Caller,
  type Context,
  type Handlers,
  isRefusal,
  type Refusal,
  refuse,
  type Services,
} from './operation.ts'
import { parseCall } from './parse-call.ts'
import {
  type NotReceived,
  type ReceivedRequest,
  type Reception,
  receiveRequest,
} from './receive-request.ts'
import { claimProof, claimSignatureNonce, NonceSeen } from './seen-nonces.ts'

export interface CoreEnv {
  Bindings: HttpBindings
}
export type CoreApp = Hono<CoreEnv>

type AnyAnswer = { status: number; body: unknown }
type AnyHandler = (ctx: Context) => Promise<AnyAnswer | Refusal>

/**
 * Serves a table of routes to callers of one kind.
 *
 * Each call is received and verified, parsed, handed to the handler of the same name, and answered
 * signed. What refuses first, in this order: the target, the body's length, the signature, whose key
 * it is, the content type, the form, then the operation itself.
 */
export function mountRoutes<
  T extends Record<string, Route>,
  C extends Caller,
  P extends string = never,
>(
  app: CoreApp,
  routes: T,
  handlers: Handlers<T, C, P>,
  services: Services,
  reception: Reception,
  allow: C['kind'],
): void {
  for (const [name, route] of Object.entries(routes)) {
    // The table's types say that this handler takes exactly this route's call.
    const handler = handlers[name] as AnyHandler
    const { bodyBytesMax } = route
    app.on(route.method, route.path, (c) =>
      answerCall(c, services, { ...reception, bodyBytesMax }, name, async (received, requestId) => {
        if (received.caller.kind !== allow) return refuse('KEY_NOT_ALLOWED')
        const { headers } = c.env.incoming
        const call = parseCall(route, c.req.param(), c.req.query(), headers, received.body)
        if (isRefusal(call)) return call
        const proofJti = readProof(headers)
        if (proofJti === 'malformed') return refuse('BAD_REQUEST', { fields: [PROOF_HEADER] })
        return handler({
          ...call,
          caller: received.caller,
          nonce: received.nonce,
          proofJti,
          requestId,
          services,
          claimNonce: (tx: Tx) => claimNonce(tx, received, call.params, proofJti),
        } as Context)
      }),
    )
  }
  const methods = new Map<string, string[]>()
  for (const { path, method } of Object.values(routes)) {
    methods.set(path, [...(methods.get(path) ?? []), method])
  }
  for (const [path, allowed] of methods) {
    app.all(path, (c) =>
      answerCall(c, services, reception, path, 'METHOD_NOT_ALLOWED', { allow: allowed.join(', ') }),
    )
  }
}

/** Answers for every address that no table knows. */
export function mountNotFound(app: CoreApp, services: Services, reception: Reception): void {
  app.notFound((c) => answerCall(c, services, reception, 'unknown', 'NOT_FOUND'))
}

type Operation = (received: ReceivedRequest, requestId: string) => Promise<AnyAnswer | Refusal>

/**
 * @param route For the log: never the address itself, which holds ids.
 * @param operation Or an error code, which is told to everybody, and signed for those whose signature
 * is fine.
 */
async function answerCall(
  c: HonoContext<CoreEnv>,
  services: Services,
  reception: Reception,
  route: string,
  operation: Operation | ErrorCode,
  headers?: Record<string, string>,
): Promise<Response> {
  const { incoming } = c.env
  const { log } = services
  const startedAt = performance.now()
  const requestId = readRequestId(incoming) ?? services.newId()
  const asked: Asked = { requestId, nowMs: reception.now() }
  let caller: Caller | undefined
  let outcome: AnyAnswer | NotReceived
  try {
    const received = await receiveRequest(incoming, reception)
    if (!isRefusal(received)) {
      asked.received = received
      caller = received.caller
    }
    if (typeof operation === 'string') outcome = refuse(operation)
    else if (isRefusal(received)) outcome = received
    else {
      outcome = await inServerSpan(incoming.headers, route, (span) => {
        span?.setAttribute('ecode.request_id', requestId)
        return operation(received, requestId)
      })
    }
  } catch (error) {
    outcome = answerFault(services, error, route, requestId)
  }
  asked.nowMs = reception.now()
  const response = isRefusal(outcome)
    ? answerRefusal(asked, toRefusal(outcome), headers)
    : answerSuccess(asked, outcome.status, outcome.body)
  if (caller) noteCall(reception, caller, c.req.param(), { route, requestId, outcome })
  const ms = performance.now() - startedAt
  countCall(route, response.status, isRefusal(outcome) ? outcome.refused : undefined, ms)
  const level = isRefusal(outcome) ? 'info' : 'debug'
  if (log.isLevelEnabled(level)) {
    log[level]({
      route,
      status: response.status,
      ...(isRefusal(outcome) && { code: outcome.refused, reason: outcome.reason }),
      keyId: caller?.keyId,
      requestId,
      ms: Math.round(ms * 10) / 10,
    })
  }
  return response
}

function noteCall(
  { notes }: Reception,
  caller: Caller,
  { schoolId, personId }: Record<string, string>,
  { route, requestId, outcome }: { route: string; requestId: string; outcome: object },
): void {
  notes?.heard(caller)
  if (caller.kind !== 'bff' || !isRefusal(outcome)) return
  const who = idSchema.safeParse(personId)
  if (schoolId && who.success) {
    notes?.told({ schoolId, personId: who.data, route, code: outcome.refused, requestId })
  }
}

/** The reason is for the log alone. */
function toRefusal({ refused, fields, retryAfterSeconds, accepted }: Refusal): Refusal {
  return {
    refused,
    ...(fields !== undefined && { fields }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...(accepted !== undefined && { accepted }),
  }
}

function answerFault({ log }: Services, error: unknown, route: string, requestId: string): Refusal {
  if (error instanceof NonceSeen) return refuse(error.refused)
  log.error({ error, route, requestId }, 'a call failed')
  return refuse(isOutage(error) ? 'UNAVAILABLE' : 'INTERNAL')
}

async function claimNonce(
  tx: Tx,
  { caller, nonce }: ReceivedRequest,
  params: Record<string, string>,
  proofJti: string | undefined,
): Promise<void> {
  const schoolId = 'schoolId' in caller ? caller.schoolId : (params.schoolId ?? '*')
  await claimSignatureNonce(tx, schoolId, caller.keyId, nonce)
  if (proofJti !== undefined && params.personId !== undefined) {
    await claimProof(tx, schoolId, params.personId, proofJti)
  }
}

const REQUEST_ID_HEADER = 'ecode-request-id'
const PROOF_HEADER = 'ecode-proof-jti'

/** Taken over from the caller when it looks like an id, so that one line can be found in every log. */
function readRequestId({ headers }: IncomingMessage): string | undefined {
  const given = headers[REQUEST_ID_HEADER]
  return typeof given === 'string' && /^[\w-]{1,64}$/.test(given) ? given : undefined
}

function readProof(headers: IncomingMessage['headers']): string | undefined {
  const given = headers[PROOF_HEADER]
  if (given === undefined) return undefined
  return typeof given === 'string' && /^[\x21-\x7e]{1,256}$/.test(given) ? given : 'malformed'
}
