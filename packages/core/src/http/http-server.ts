import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { writeRawProblem } from '@campus-ecode/service/raw-problem'
import { getRequestListener, RequestError } from '@hono/node-server'
import { answerRefusal } from './answer-request.ts'
import type { CoreApp } from './mount-routes.ts'
import { refuse, type Services } from './operation.ts'

/** What senders may take of us. */
export interface ServerLimits {
  /** A request is at most 16 KB. */
  headersMs?: number
  requestMs?: number
  /** How long a connection may lie idle. */
  keepAliveMs?: number
  connectionsMax?: number
}

/** Serves the app, and answers in its own words what Node would refuse before the app sees it. */
export function createHttpServer(
  app: CoreApp,
  services: Pick<Services, 'log' | 'newId' | 'now'>,
  {
    headersMs = 10_000,
    requestMs = 15_000,
    // Longer than a client's or balancer's, so that they close first and never write into a closing one.
    keepAliveMs = 75_000,
    connectionsMax,
  }: ServerLimits = {},
): Server {
  const { log, newId, now } = services
  const listener = getRequestListener(app.fetch as Parameters<typeof getRequestListener>[0], {
    errorHandler: (error) => {
      const asked = { requestId: newId(), nowMs: now() }
      if (error instanceof RequestError) return answerRefusal(asked, refuse('TARGET_INVALID'))
      log.error({ error, requestId: asked.requestId }, 'a call failed outside its route')
      return answerRefusal(asked, refuse('INTERNAL'))
    },
  })
  const server = createServer(
    {
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      connectionsCheckingInterval: Math.min(1_000, headersMs),
      keepAliveTimeout: keepAliveMs,
      // A missing Host is ours to refuse.
      requireHostHeader: false,
    },
    listener,
  )
  if (connectionsMax !== undefined) server.maxConnections = connectionsMax
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
    const late = error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
    socket.end(writeRawProblem(late ? 'REQUEST_TIMEOUT' : 'BAD_REQUEST', newId()))
  })
  return server
}
