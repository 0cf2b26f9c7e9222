import { describeError, type ErrorCode } from '@campus-ecode/protocol/errors'
import { PROBLEM_TYPE, problemSchema } from '@campus-ecode/protocol/problem'
import type { Route } from '@campus-ecode/protocol/route'
import type { z } from 'zod'
import type { BodyOf } from '../core-caller.ts'
import { demand } from './check.ts'
import type { Reply } from './wire.ts'

/** A success of the route, signed and in its documented form; gives the body. */
export function demandAnswer<R extends Route>(reply: Reply, route: R): BodyOf<R> {
  const schema = route.answers[reply.status]
  const statuses = Object.keys(route.answers).join(' or ')
  demand(schema !== undefined, `expected ${statuses}, got ${describe(reply)}`)
  demand(reply.verified, `the answer (${reply.status}) is not signed for this call`)
  demand(typeOf(reply) === 'application/json', `the content type is ${typeOf(reply)}`)
  // The route's own schema, which the index by status has made general.
  return demandForm(schema, reply.json) as BodyOf<R>
}

/** In the form of a schema; says where it is not, never what stands there. */
export function demandForm<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value)
  const where = parsed.error?.issues.map(({ path }) => path.join('.') || '(the whole)') ?? []
  demand(parsed.success, `not in the documented form: ${where.join(', ')}`)
  return parsed.data
}

/**
 * A refusal with one of these codes, as a problem document that agrees with the table.
 *
 * @param signed false for what is refused before the caller is known: such answers cannot be signed.
 */
export function demandRefusal(
  reply: Reply,
  codes: ErrorCode | readonly ErrorCode[],
  { signed = true } = {},
): void {
  const expected: readonly ErrorCode[] = typeof codes === 'string' ? [codes] : codes
  demand(reply.status >= 400, `expected ${expected.join(' or ')}, got ${describe(reply)}`)
  const code = codeOf(reply)
  const agreed = expected.find((candidate) => candidate === code)
  demand(agreed !== undefined, `expected ${expected.join(' or ')}, got ${describe(reply)}`)
  const { status, retryable } = describeError(agreed)
  demand(
    reply.status === status,
    `${agreed} came with status ${reply.status} in place of ${status}`,
  )
  demand(typeOf(reply) === PROBLEM_TYPE, `${agreed} came as ${typeOf(reply)}`)
  const problem = demandForm(problemSchema, reply.json)
  demand(problem.retryable === retryable, `${agreed} says retryable: ${problem.retryable}`)
  demand(problem.type === `urn:ecode:error:${agreed}`, `the type of ${agreed} is another`)
  demand(!signed || reply.verified, `${agreed} is not signed for this call`)
}

export function codeOf({ status, json }: Reply): string | undefined {
  const { code } = (json ?? {}) as { code?: unknown }
  return status >= 400 && typeof code === 'string' ? code : undefined
}

/** For a message: status and code, nothing of the content. */
export function describe(reply: Reply): string {
  const code = codeOf(reply)
  return code === undefined ? String(reply.status) : `${reply.status} ${code}`
}

function typeOf({ headers }: Reply): string {
  return String(headers['content-type']).split(';', 1)[0] ?? ''
}
