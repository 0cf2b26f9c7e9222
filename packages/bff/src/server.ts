import { randomUUID } from 'node:crypto'
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
} from 'node:http'
import type { Duplex } from 'node:stream'
import { checkRequestTarget } from '@campus-ecode/protocol/request-target'
import { writeRawProblem } from '@campus-ecode/service/raw-problem'
import { inServerSpan } from '@campus-ecode/service/tracing'
import { getRequestListener } from '@hono/node-server'
import type { Logger } from 'pino'
import { Answer, sendRefusal } from './answer.ts'
import type { App } from './app.ts'
import { countRequest } from './metrics/metrics.ts'
import { type Refusal, refuse } from './refusal.ts'
import { BODY_BYTES_MAX } from './request-body.ts'

/** The HTTP server: what holds for every request before a route sees it, and its log line. */
export function createHttpServer(app: Pick<App, 'fetch'>, options: ServerOptions): BffServer {
  const { origin, log } = options
  const listener = getRequestListener((request, env) => app.fetch(request, env))
  const ownHeaders = describeOwnHeaders(origin)
  const busy = new WeakSet<Duplex>()
  const server = createServer(
    {
      ServerResponse: Answer,
      maxHeaderSize: 16 * 1024,
      headersTimeout: 10_000,
      // A slow body is answered after 10 s (request-body.ts); this ends what nobody was reading.
      requestTimeout: 15_000,
      connectionsCheckingInterval: 1_000,
      // Longer than balancers keep idle connections, so that they close first.
      keepAliveTimeout: 65_000,
    },
    (incoming: IncomingMessage, answer: Answer) => {
      const { socket } = incoming
      busy.add(socket)
      const startedAt = performance.now()
      answer.once('close', () => {
        busy.delete(socket)
        const ms = performance.now() - startedAt
        const { route, statusCode, refusal, coreCode } = answer
        countRequest(route, statusCode, refusal?.code ?? coreCode, ms)
        log.info(describeRequest(incoming, answer, ms))
      })
      answer.commonHeaders = describeCommonHeaders(incoming, answer, ownHeaders)
      const refusal = checkRequest(incoming)
      if (refusal) return sendRefusal(answer, refusal)
      if (incoming.method === 'OPTIONS') return answerPreflight(answer)
      // Whoever asks from outside begins no trace of ours.
      void inServerSpan({}, 'request', async (span) => {
        await listener(incoming, answer)
        span?.updateName(answer.route).setAttribute('ecode.request_id', answer.requestId)
      })
    },
  )
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // With an answer under way, anything written here would land in the middle of it.
    if (!socket.writable || busy.has(socket)) return void socket.destroy()
    const timedOut = error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
    socket.end(writeRawProblem(timedOut ? 'REQUEST_TIMEOUT' : 'BAD_REQUEST', randomUUID()))
  })
  return server
}

export type BffServer = Server<typeof IncomingMessage, typeof Answer>

export interface ServerOptions {
  origin: string
  log: Logger
}

function describeCommonHeaders(
  incoming: IncomingMessage,
  answer: Answer,
  own: OutgoingHttpHeaders,
) {
  const { origin } = incoming.headers
  const common: OutgoingHttpHeaders = { 'ecode-request-id': answer.requestId, ...own }
  if (origin === undefined) return common
  common['access-control-allow-origin'] = origin
  common['access-control-expose-headers'] = 'ecode-request-id, date, retry-after'
  return common
}

/** What is the same in all our answers. */
function describeOwnHeaders(origin: string): OutgoingHttpHeaders {
  return {
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    ...(origin.startsWith('https:') && {
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
    }),
    // Any page may read an answer, above all why it was refused. Nothing is given by cookie; what
    // a page may do is decided by the origins in its session.
    vary: 'origin',
  }
}

function answerPreflight(answer: Answer): void {
  answer.route = 'preflight'
  answer.writeHead(204, {
    'access-control-allow-methods': 'GET, POST, PUT, DELETE',
    'access-control-allow-headers': 'authorization, content-type, dpop, last-event-id',
    'access-control-max-age': '7200',
  })
  answer.end()
}

function checkRequest({ url = '', headers, rawHeaders }: IncomingMessage): Refusal | undefined {
  // Balancers may rewrite Host and nothing here is built from it, so it only has to be one and plain.
  try {
    const checked = checkRequestTarget({
      target: url,
      rawHeaders,
      origin: `http://${headers.host}`,
    })
    if (!checked.ok) return refuse(checked.code, { reason: checked.reason })
  } catch {
    return refuse('TARGET_INVALID', { reason: 'Host is not a host' })
  }
  if (Number(headers['content-length'] ?? 0) > BODY_BYTES_MAX) return refuse('BODY_TOO_LARGE')
  return undefined
}

/** Everything of a request that may be logged. No address, query, header or body. */
function describeRequest(incoming: IncomingMessage, answer: Answer, ms: number) {
  const { requestId, route, refusal, coreCode, schoolId, statusCode, writableFinished } = answer
  return {
    requestId,
    route,
    method: incoming.method,
    status: statusCode,
    ms: Math.round(ms * 10) / 10,
    ...(schoolId !== undefined && { schoolId }),
    ...(refusal && { code: refusal.code, reason: refusal.reason }),
    ...(coreCode !== undefined && { code: coreCode }),
    ...(!writableFinished && { aborted: true }),
  }
}
