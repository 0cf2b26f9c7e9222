import type { z } from 'zod'
import type { ErrorCode } from './errors.ts'
import type { Scope } from './sessions.ts'

/** One HTTP operation, written once: routers, the BFF's allow-list and OpenAPI are made from it. */
export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** With `:name` parts, as Hono writes them. */
  path: string
  summary: string
  query?: z.ZodObject
  body?: z.ZodType
  /** Success answers by status. */
  answers: Record<number, z.ZodType>
  /** What it refuses beyond the transport's own errors. */
  errors: readonly ErrorCode[]
  /** Person routes: what the session must have been opened for. */
  scope?: Scope
}

/** Keeps the literal types of a table of routes while checking its shape. */
export function defineRoutes<const T extends Record<string, Route>>(routes: T): T {
  return routes
}
