import type { IncomingMessage } from 'node:http'
import { extname } from 'node:path'
import { Readable } from 'node:stream'
import { PROBLEM_TYPE, toProblem } from '@campus-ecode/protocol/problem'
import {
  CONSOLE_HEADER,
  isAllowed,
  type StaffRoute,
  staffRoutes,
} from '@campus-ecode/protocol/staff-api'
import type { Context as HonoContext } from 'hono'
import { inTransaction, type Queryable } from '../db/database.ts'
import { isOutage } from '../http/faults.ts'
import type { CoreApp, CoreEnv } from '../http/mount-routes.ts'
import { isRefusal, type Refusal, refuse, type Services } from '../http/operation.ts'
import { parseCall } from '../http/parse-call.ts'
import { isAddressed } from '../http/public-page.ts'
import { readBody } from '../http/read-body.ts'
import { Busy } from '../keys/turnstile.ts'
import { insertAuditRow } from './audit-store.ts'
import type {
  AuditNote,
  FileAnswer,
  SessionCookie,
  StaffHandlers,
  StaffMember,
  Visitor,
} from './context.ts'
import { readSession } from './session.ts'

/** `__Host-`: over TLS, for this host alone, for the whole of it (RFC 6265bis §4.1.3.2). */
const COOKIE = '__Host-ecode-staff'
const BUSY_RETRY_SECONDS = 2

type AnyAnswer = {
  status: number
  body: unknown
  cookie?: SessionCookie
}
type AnyHandler = (ctx: unknown) => Promise<AnyAnswer | Refusal>

export interface StaffReception {
  /** The console's own; every call must come from a page of it. */
  origin: string
  addressOf(incoming: IncomingMessage): string
  /** Sign-ins hash passwords, and anybody may try: so many at once and no more. */
  takeTurn<T>(work: () => Promise<T>): Promise<T>
  workDir: string
}

/**
 * Serves the table of staff routes to pages of the console's own origin.
 *
 * What refuses first, in this order: the target, where the call comes from, the session, the role, the form,
 * then the operation. What the table says is logged: an operation that changes something writes its row in
 * its own transaction; for all others it is written before they are answered.
 */
export function mountStaff(
  app: CoreApp,
  services: Services,
  handlers: StaffHandlers,
  reception: StaffReception,
): void {
  for (const [name, route] of Object.entries<StaffRoute>(staffRoutes)) {
    const handler = handlers[name as keyof StaffHandlers] as AnyHandler
    app.on(route.method, route.path, (c) => answerStaff(c, name, route, handler))
  }

  async function answerStaff(
    c: HonoContext<CoreEnv>,
    name: string,
    route: StaffRoute,
    handler: AnyHandler,
  ): Promise<Response> {
    const requestId = services.newId()
    const { incoming } = c.env
    const visitor = readVisitor(incoming, reception)
    const about: AuditNote = {}
    let staff: StaffMember | undefined
    let recorded = false
    const record = async (on: Queryable, outcome: string) => {
      const account = staff ?? about.account
      if (!account) return
      await insertAuditRow(on, {
        ...{ schoolId: account.schoolId, auditId: services.newId() },
        ...{ staffId: account.staffId, staffName: account.name, operation: name, outcome },
        personId: about.personId ?? null,
        aboutStaffId: about.aboutStaffId ?? null,
        ref: about.ref ?? null,
        reason: about.reason ?? null,
        amountFen: about.amountFen ?? null,
        ...{ address: visitor.address, requestId },
      })
    }

    async function operate(): Promise<AnyAnswer | Refusal> {
      if (!isAddressed(incoming, reception.origin)) return refuse('TARGET_INVALID')
      const isOwn = route.download
        ? incoming.headers['sec-fetch-site'] === 'same-origin'
        : isOwnPage(incoming, reception.origin)
      if (!isOwn) return refuse('ORIGIN_NOT_ALLOWED')
      if (route.allow !== 'anybody') {
        const session = await readSession(services, visitor, !route.unattended)
        staff = session?.member
        if (!session || session.moved) return refuse('STAFF_SESSION_ENDED')
        if (!isAllowed(route, session.member.roles)) return refuse('STAFF_ROLE_MISSING')
      }
      const body = await readBody(incoming)
      if (body === 'too_large') return refuse('BODY_TOO_LARGE')
      if (body === 'cut') return refuse('REQUEST_TIMEOUT')
      const call = parseCall(route, c.req.param(), c.req.query(), incoming.headers, body)
      if (isRefusal(call)) return call
      const work = () =>
        handler({
          ...call,
          ...{ visitor, requestId, services, about, staff, workDir: reception.workDir },
          async record(on: Queryable) {
            await record(on, 'done')
            recorded = true
          },
        })
      return route.allow === 'anybody' ? reception.takeTurn(work) : work()
    }

    let outcome: AnyAnswer | Refusal
    try {
      outcome = await operate()
      const refused = isRefusal(outcome) ? outcome.refused : undefined
      // Written before the answer leaves: who cannot be logged is not answered.
      if (refused ? !isUsual(refused) : route.audit === 'done' && !recorded) {
        await inTransaction(services.db.pool, (tx) => record(tx, refused ?? 'done'))
      }
    } catch (error) {
      const busy = error instanceof Busy
      if (!busy) services.log.error({ error, route: name, requestId }, 'a call failed')
      outcome =
        busy || isOutage(error)
          ? refuse('UNAVAILABLE', { retryAfterSeconds: BUSY_RETRY_SECONDS })
          : refuse('INTERNAL')
    }
    services.log.info(
      { route: name, code: isRefusal(outcome) ? outcome.refused : undefined, requestId },
      'the console was answered',
    )
    if (isRefusal(outcome)) return answerRefused(c, requestId, outcome)
    if (route.download) return answerFile(c, requestId, outcome.body as FileAnswer)
    return answerDone(c, requestId, outcome)
  }
}

/** A session that has ended is everyday: it says nothing but that somebody went home. */
const isUsual = (refused: string) => refused === 'STAFF_SESSION_ENDED' || refused === 'BAD_REQUEST'

/**
 * Whether a page of our own sent this. The cookie is SameSite=Strict, which leaves the school's other hosts:
 * they can neither read us nor set our header, and what they send says where it comes from.
 */
function isOwnPage({ headers, method }: IncomingMessage, origin: string): boolean {
  if (headers[CONSOLE_HEADER] !== '1') return false
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin') return false
  return method === 'GET' ? (headers.origin ?? origin) === origin : headers.origin === origin
}

function readVisitor(incoming: IncomingMessage, { addressOf }: StaffReception): Visitor {
  const cookies = (incoming.headers.cookie ?? '').split(/; */)
  const found = cookies.find((each) => each.startsWith(`${COOKIE}=`))
  return {
    address: addressOf(incoming),
    agent: incoming.headers['user-agent'] ?? '',
    cookie: found?.slice(COOKIE.length + 1),
  }
}

function answerDone(c: HonoContext<CoreEnv>, requestId: string, outcome: AnyAnswer): Response {
  const { status, body, cookie } = outcome
  if (cookie !== undefined) {
    const value =
      cookie === null ? '; Max-Age=0' : `${cookie.value}; Max-Age=${cookie.maxAgeSeconds}`
    c.header('set-cookie', `${COOKIE}=${value}; Path=/; Secure; HttpOnly; SameSite=Strict`)
  }
  return c.body(JSON.stringify(body), status as 200, {
    ...answerHeaders(requestId),
    'content-type': 'application/json',
  })
}

const fileTypes: Record<string, string> = {
  '.csv': 'text/csv; charset=utf-8',
  '.json': 'application/json',
  '.jsonl': 'application/x-ndjson',
}

/** To be saved and never shown in our origin. */
function answerFile(c: HonoContext<CoreEnv>, requestId: string, file: FileAnswer): Response {
  const body = Readable.toWeb(file.stream) as ReadableStream<Uint8Array>
  return c.body(body, 200, {
    ...answerHeaders(requestId),
    'content-type': fileTypes[extname(file.name)] ?? 'application/octet-stream',
    'content-disposition': `attachment; filename="${file.name}"`,
    'content-security-policy': "default-src 'none'; sandbox",
  })
}

function answerRefused(
  c: HonoContext<CoreEnv>,
  requestId: string,
  { refused, ...more }: Refusal,
): Response {
  const problem = toProblem(refused, requestId, more)
  if (refused === 'STAFF_SESSION_ENDED') {
    c.header('set-cookie', `${COOKIE}=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Strict`)
  }
  return c.body(JSON.stringify(problem), problem.status as 400, {
    ...answerHeaders(requestId),
    'content-type': PROBLEM_TYPE,
    ...(problem.retryAfterSeconds !== undefined && {
      'retry-after': String(Math.ceil(problem.retryAfterSeconds)),
    }),
    ...(refused === 'BODY_TOO_LARGE' && { connection: 'close' }),
  })
}

function answerHeaders(requestId: string) {
  return {
    'cache-control': 'no-store',
    'cross-origin-resource-policy': 'same-origin',
    'ecode-request-id': requestId,
    'x-content-type-options': 'nosniff',
  }
}
