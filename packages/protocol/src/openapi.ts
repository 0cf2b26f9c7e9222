import type { z } from 'zod'
import { createDocument, type oas31, type ZodOpenApiPathsObject } from 'zod-openapi'
import { EVENT_STREAM_PATH, pageRoutes, sessionRoutes } from './bff-api.ts'
import { bffRoutes, corePersonRoutes, providerRoutes, terminalRoutes } from './core-api.ts'
import { describeError } from './errors.ts'
import { gateRoutes } from './gate-api.ts'
import { incomingRoutes } from './incoming.ts'
import { orderRoutes } from './orders.ts'
import { PROBLEM_TYPE, problemSchema } from './problem.ts'
import type { Route } from './route.ts'
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
      ...corePersonRoutes,
      ...terminalRoutes,
      ...incomingRoutes,
      ...orderRoutes,
      ...waterRoutes,
      ...gateRoutes,
      ...providerRoutes,
    }),
  })
}

/** OpenAPI 3.1 of the BFF: one call for school servers, the rest for pages. */
export function createBffOpenApi(): oas31.OpenAPIObject {
  const paths = toPaths({ ...sessionRoutes, ...pageRoutes })
  for (const operation of Object.values(paths['/v1/sessions'] ?? {})) {
    Object.assign(operation as object, { security: [{ school: [] }] })
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
      },
    },
    security: [{ page: [] }],
    paths,
  })
}

function toPaths(routes: Record<string, Route>): ZodOpenApiPathsObject {
  const paths: ZodOpenApiPathsObject = {}
  for (const [operationId, route] of Object.entries(routes)) {
    const names = [...route.path.matchAll(/:(\w+)/g)].map((match) => match[1] ?? '')
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = {
      ...paths[path],
      [route.method.toLowerCase()]: {
        operationId,
        summary: route.summary,
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
