import type { z } from 'zod'
import type { ApprovalAction } from './approvals.ts'
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
  /** Where more than the usual 16 KB is taken. */
  bodyBytesMax?: number
  /** Success answers by status. */
  answers: Record<number, z.ZodType>
  /** What it refuses beyond the transport's own errors. */
  errors: readonly ErrorCode[]
  /**
   * Person routes: what the session must have been opened for. A function of the body or, where there
   * is none, of the answer, which is not handed on then. Left out, any session may.
   */
  scope?: Scope | ((said: { action: ApprovalAction }) => Scope)
}

/** Keeps the literal types of a table of routes while checking its shape. */
export function defineRoutes<const T extends Record<string, Route>>(routes: T): T {
  return routes
}
