import type { Route } from '@campus-ecode/protocol/route'
import { idSchema } from '@campus-ecode/protocol/shapes'
import { gridServiceSchema } from '@campus-ecode/protocol/sign-ins'
import type { z } from 'zod'
import { type Refusal, refuse } from './refusal.ts'
import { listFields } from './request-body.ts'
import type { SessionClaims } from './session-seal.ts'

/**
 * The core's address for a page's call: made from the session and checked values, never copied.
 *
 * @param params The `:name` parts, all of them ids or, of a service, its name.
 * @param search The query as received; only what the route's schema names, each once.
 * Refuses: BAD_REQUEST with `fields`.
 */
export function createPersonTarget(
  route: Route,
  { schoolId, personId }: Pick<SessionClaims, 'schoolId' | 'personId'>,
  params: Record<string, string>,
  search: string,
): { ok: true; target: string } | Refusal {
  const wrong = Object.keys(params).filter((name) => {
    const schema = namedSchemas[name] ?? idSchema
    return !schema.safeParse(params[name]).success
  })
  if (wrong.length > 0) return refuse('BAD_REQUEST', { fields: wrong })
  const query = new URLSearchParams(search)
  const values = Object.fromEntries(query)
  const parsed = route.query?.strict().safeParse(values)
  if (parsed && !parsed.success) return refuse('BAD_REQUEST', { fields: listFields(parsed.error) })
  if (query.size > (parsed ? Object.keys(values).length : 0)) {
    return refuse('BAD_REQUEST', { fields: ['query'] })
  }
  const path = route.path.replaceAll(/:(\w+)/g, (_, name: string) => params[name] ?? '')
  const target = `/v1/schools/${schoolId}/people/${personId}${path}`
  return { ok: true, target: query.size > 0 ? `${target}?${query}` : target }
}

const namedSchemas: Record<string, z.ZodType> = {
  serviceId: gridServiceSchema.shape.serviceId,
}
