import { createHmac, randomBytes } from 'node:crypto'
import {
  allScopes,
  createSessionSchema,
  type ResolvedSubject,
  resolvedSubjectSchema,
  resolveSubjectSchema,
  TICKET_WANTED,
} from '@campus-ecode/protocol/sessions'
import { schoolIdSchema } from '@campus-ecode/protocol/shapes'
import type { Context } from 'hono'
import { LRUCache } from 'lru-cache'
import { type AppEnv, answerCore, answerJson, answerRefusal } from './answer.ts'
import { type CoreClient, readJson } from './core-client.ts'
import { createRateLimit } from './rate-limit.ts'
import { type Refusal, refuse } from './refusal.ts'
import { readJsonBody } from './request-body.ts'
import type { SessionSeal } from './session-seal.ts'
import { answerTicket } from './ticket-route.ts'

/**
 * `POST /v1/sessions`: a school's server asserts a person; the core checks, we seal. For a page that can have
 * no key, a ticket for our own page instead.
 */
export function createSessionRoute({ core, seal, origin, nowMs }: SessionRouteOptions) {
  const limit = createSchoolLimit(nowMs)

  return async (c: Context<AppEnv>): Promise<Response> => {
    const { incoming, outgoing: answer } = c.env
    answer.route = 'createSession'
    const { headers } = incoming
    // Only browsers send it, and a page that holds the school's secret has given it away.
    if (headers.origin !== undefined) return answerRefusal(answer, refuse('ORIGIN_NOT_ALLOWED'))
    const school = readBasic(headers.authorization)
    if (!school.ok) return answerRefusal(answer, school)
    answer.schoolId = school.id
    const retryAfterSeconds = limit.check(school)
    if (retryAfterSeconds > 0) {
      return answerRefusal(answer, refuse('RATE_LIMITED', { retryAfterSeconds }))
    }
    const body = await readJsonBody(incoming, createSessionSchema)
    if (!body.ok) return answerRefusal(answer, body)

    const { subject, thumbprint, scopes = allScopes } = body.value
    const wantsTicket = thumbprint === TICKET_WANTED
    // A ticket says nothing of scopes, and must not be good for more than was asked.
    if (wantsTicket && body.value.scopes !== undefined) {
      return answerRefusal(answer, refuse('BAD_REQUEST', { fields: ['scopes'] }))
    }
    const found = await core.call({
      method: 'POST',
      target: `/v1/schools/${school.id}/subjects`,
      requestId: answer.requestId,
      body: JSON.stringify({ secret: school.secret, cardNo: subject.cardNo, scopes }),
    })
    if (!found.ok) return answerRefusal(answer, found)
    if (found.status !== 200) return answerCore(answer, found)
    const resolved = resolvedSubjectSchema.safeParse(readJson(found))
    if (!resolved.success || resolved.data.schoolId !== school.id) {
      const reason = 'the subject is not as documented'
      return answerRefusal(answer, refuse('CORE_UNREACHABLE', { reason }))
    }
    limit.prove(school)
    const { schoolId, personId, origins }: ResolvedSubject = resolved.data
    if (wantsTicket) {
      const target = `${origin}/h5/${schoolId}`
      const person = { schoolId, personId }
      const channel = 'school'
      return answerTicket(answer, { core, origin, person, target, channel, binding: '' })
    }
    const claims = { schoolId, personId, jkt: thumbprint, scopes, origins }
    return answerJson(201, await seal.seal(claims, nowMs()))
  }
}

export interface SessionRouteOptions {
  core: CoreClient
  seal: SessionSeal
  /** Where our own page is. */
  origin: string
  nowMs: () => number
}

interface SchoolCredentials {
  ok: true
  id: string
  secret: string
}

function readBasic(authorization: string | undefined): SchoolCredentials | Refusal {
  const encoded = /^Basic ([A-Za-z0-9+/]{1,512}={0,2})$/i.exec(authorization ?? '')?.[1] ?? ''
  const decoded = Buffer.from(encoded, 'base64').toString()
  const at = decoded.indexOf(':')
  const id = schoolIdSchema.safeParse(decoded.slice(0, Math.max(at, 0)))
  const secret = resolveSubjectSchema.shape.secret.safeParse(decoded.slice(at + 1))
  if (!id.success || !secret.success) return refuse('SCHOOL_CREDENTIALS_INVALID')
  return { ok: true, id: id.data, secret: secret.data }
}

/** Guesses share a small bucket of their own, so that nobody can use up a school's real one. */
function createSchoolLimit(nowMs: () => number) {
  const proven = createRateLimit({ perSecond: 200, burst: 2_000, nowMs })
  const unproven = createRateLimit({ perSecond: 20, burst: 200, nowMs })
  const salt = randomBytes(32)
  const fingerprints = new LRUCache<string, true>({ max: 1_000 })
  const fingerprint = ({ id, secret }: SchoolCredentials) =>
    createHmac('sha256', salt).update(`${id}:${secret}`).digest('base64')
  return {
    check: (school: SchoolCredentials) =>
      fingerprints.get(fingerprint(school)) ? proven(school.id) : unproven(school.id),
    prove: (school: SchoolCredentials) => void fingerprints.set(fingerprint(school), true),
  }
}
