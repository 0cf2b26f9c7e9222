import { z } from 'zod'
import { createDocument, type oas31, type ZodOpenApiPathsObject } from 'zod-openapi'
import {
  EVENT_STREAM_PATH,
  keylessOperations,
  pageRoutes,
  sessionRoutes,
  ticketRoutes,
} from './bff-api.ts'
import { bffRoutes, corePersonRoutes, providerRoutes, terminalRoutes } from './core-api.ts'
import { describeError } from './errors.ts'
import { gateRoutes } from './gate-api.ts'
import { incomingRoutes } from './incoming.ts'
import { operatorRoutes } from './operator-api.ts'
import { orderRoutes } from './orders.ts'
import { PROBLEM_TYPE, problemSchema } from './problem.ts'
import type { Route } from './route.ts'
import { refusalWithout } from './sessions.ts'
import { coreSignInRoutes, serviceTicketRoutes, signInRoutes } from './sign-ins.ts'
import { waterRoutes } from './water.ts'

/** OpenAPI 3.1 of the core, which a bank's own core may implement in place of ours. */
export function createCoreOpenApi(): oas31.OpenAPIObject {
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Campus e-Code core API',
      version: '1',
      description:
        'Every call is signed by RFC 9421 with an RFC 9530 digest; see docs/core-api.md.',
    },
    components: {
      securitySchemes: {
        httpSignature: {
          type: 'apiKey',
          in: 'header',
          name: 'Signature',
          description: 'RFC 9421, tag "ecode"',
        },
      },
    },
    security: [{ httpSignature: [] }],
    paths: toPaths({
      ...bffRoutes,
      ...coreSignInRoutes,
      ...serviceTicketRoutes,
      ...corePersonRoutes,
      ...terminalRoutes,
      ...incomingRoutes,
      ...orderRoutes,
      ...waterRoutes,
      ...gateRoutes,
      ...providerRoutes,
      ...operatorRoutes,
    }),
  })
}

/**
 * OpenAPI 3.1 of the BFF: one call for school servers, some for whoever is not signed in yet, the rest for pages
 * and, as far as they go without a page key, for a mini-program's own pages.
 */
export function createBffOpenApi(): oas31.OpenAPIObject {
  const keyless: readonly string[] = keylessOperations
  const paths = {
    ...toPaths(sessionRoutes, () => [{ school: [] }]),
    ...toPaths(signInRoutes, () => []),
    ...toPaths(ticketRoutes, () => [{ miniProgram: [] }]),
    ...toPaths(withScopeRefusals(pageRoutes), (name) => [
      { page: [] },
      ...(keyless.includes(name) ? [{ miniProgram: [] }] : []),
    ]),
    ...describeServiceValidation(),
  }
  paths[EVENT_STREAM_PATH] = {
    get: {
      operationId: 'streamEvents',
      summary: 'The same events as a server-sent stream; Last-Event-ID resumes at a cursor',
      responses: {
        200: {
          description: 'text/event-stream of PersonEvent',
          content: { 'text/event-stream': {} },
        },
      },
    },
  }
  return createDocument({
    openapi: '3.1.0',
    info: { title: 'Campus e-Code BFF API', version: '1', description: 'See docs/embed.md.' },
    components: {
      securitySchemes: {
        school: {
          type: 'http',
          scheme: 'basic',
          description: 'School id and secret, from a server only',
        },
        page: {
          type: 'http',
          scheme: 'DPoP',
          description: 'Session token with a DPoP proof, RFC 9449',
        },
        miniProgram: {
          type: 'http',
          scheme: 'bearer',
          description: "A mini-program's own session, without a page key",
        },
      },
    },
    security: [{ page: [] }],
    paths,
  })
}

/** Of the core it is not asked: the BFF knows the session, and refuses before it forwards. */
function withScopeRefusals(routes: Record<string, Route>): Record<string, Route> {
  const added = Object.entries(routes).map(([name, route]) => {
    const { scope } = route
    if (scope === undefined) return [name, route] as const
    const refusal = typeof scope === 'function' ? 'SCOPE_MISSING' : refusalWithout(scope)
    return [name, { ...route, errors: [...route.errors, refusal] }] as const
  })
  return Object.fromEntries(added)
}

/** CAS 3.0 §2.5, §2.8: asked by the servers of the school's services, which have libraries for it. */
function describeServiceValidation(): ZodOpenApiPathsObject {
  const described = (operationId: string, summary: string): ZodOpenApiPathsObject[string] => ({
    get: {
      operationId,
      summary,
      security: [],
      requestParams: {
        query: z.object({
          service: z.url(),
          ticket: z.string(),
          format: z.enum(['XML', 'JSON']).optional(),
          renew: z.string().optional(),
        }),
      },
      responses: {
        200: {
          description: 'Whose the ticket is, or why it is nobody’s',
          content: { 'application/xml': {}, 'application/json': {} },
        },
      },
    },
  })
  return {
    '/cas/serviceValidate': described('serviceValidate', 'Whose a service ticket is (R36)'),
    '/cas/p3/serviceValidate': described(
      'serviceValidateWithAttributes',
      'Whose a service ticket is, with name and class (R36)',
    ),
  }
}

function toPaths(
  routes: Record<string, Route>,
  securityOf?: (operationId: string) => oas31.SecurityRequirementObject[],
): ZodOpenApiPathsObject {
  const paths: ZodOpenApiPathsObject = {}
  for (const [operationId, route] of Object.entries(routes)) {
    const names = [...route.path.matchAll(/:(\w+)/g)].map((match) => match[1] ?? '')
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = {
      ...paths[path],
      [route.method.toLowerCase()]: {
        operationId,
        summary: route.summary,
        ...(securityOf && { security: securityOf(operationId) }),
        parameters: names.map((name) => ({
          name,
          in: 'path' as const,
          required: true,
          schema: { type: 'string' as const },
        })),
        ...(route.query && { requestParams: { query: route.query } }),
        ...(route.body && {
          requestBody: { required: true, content: { 'application/json': { schema: route.body } } },
        }),
        responses: toResponses(route),
      },
    }
  }
  return paths
}

function toResponses(route: Route) {
  const json = (schema: z.ZodType) => ({ content: { 'application/json': { schema } } })
  const statuses = new Map<number, string[]>()
  for (const code of route.errors) {
    const { status } = describeError(code)
    statuses.set(status, [...(statuses.get(status) ?? []), code])
  }
  return {
    ...Object.fromEntries(
      Object.entries(route.answers).map(([status, schema]) => [
        status,
        { description: 'Done', ...json(schema) },
      ]),
    ),
    ...Object.fromEntries(
      [...statuses].map(([status, codes]) => [
        status,
        { description: codes.join(', '), content: { [PROBLEM_TYPE]: { schema: problemSchema } } },
      ]),
    ),
    default: {
      description: 'Any other error',
      content: { [PROBLEM_TYPE]: { schema: problemSchema } },
    },
  } as Record<`${1 | 2 | 3 | 4 | 5}${string}` | 'default', { description: string }>
}
