import { describeError, type ErrorCode, type Sentences } from '@campus-ecode/protocol/errors'
import type { StaffRole } from '@campus-ecode/protocol/staff'
import {
  CONSOLE_HEADER,
  isAllowed,
  type StaffRouteName,
  type StaffRoutes,
  staffRoutes,
} from '@campus-ecode/protocol/staff-api'
import type { z } from 'zod'

type Schemas<A> = { [S in keyof A]: A[S] extends z.ZodType ? z.output<A[S]> : never }[keyof A]
export type AnswerOf<N extends StaffRouteName> = Schemas<StaffRoutes[N]['answers']>
export type Said<N extends StaffRouteName> = (StaffRoutes[N] extends {
  body: infer B extends z.ZodType
}
  ? { body: z.input<B> }
  : { body?: undefined }) &
  (StaffRoutes[N] extends { query: infer Q extends z.ZodType }
    ? { query?: z.input<Q> }
    : { query?: undefined }) & { params?: Record<string, string> }

/** Why something was not done, for whoever is at the page. */
export interface Problem {
  code: ErrorCode
  message: Sentences
  requestId: string | undefined
  retryAfterSeconds: number | undefined
  /** Nobody knows whether it was done: the same may be sent again, and nothing else. */
  unknown: boolean
}

export type Outcome<T> = { ok: true; value: T } | { ok: false; problem: Problem }

let onSignedOut: () => void = () => {}

/** @param heard Called whenever the core says that the session has ended. */
export function whenSignedOut(heard: () => void): void {
  onSignedOut = heard
}

/** Calls the core as the table of routes says. Never throws. */
export async function call<N extends StaffRouteName>(
  name: N,
  said: Said<N>,
): Promise<Outcome<AnswerOf<N>>> {
  const { method } = staffRoutes[name]
  const { params, query, body } = said as {
    params?: Record<string, string>
    query?: Record<string, unknown>
    body?: unknown
  }
  try {
    const answer = await fetch(addressOf(name, params, query), {
      method,
      headers: {
        [CONSOLE_HEADER]: '1',
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      cache: 'no-store',
      credentials: 'same-origin',
      redirect: 'error',
    })
    const said = await answer.json()
    if (answer.ok) return { ok: true, value: said as AnswerOf<N> }
    const { code, message, requestId, retryAfterSeconds } = said
    if (code === 'STAFF_SESSION_ENDED') onSignedOut()
    const unknown = answer.status >= 500
    return { ok: false, problem: { code, message, requestId, retryAfterSeconds, unknown } }
  } catch {
    const { sentences: message } = describeError('NETWORK_LOST')
    const nothing = { requestId: undefined, retryAfterSeconds: undefined }
    return { ok: false, problem: { code: 'NETWORK_LOST', message, ...nothing, unknown: true } }
  }
}

export function addressOf(
  name: StaffRouteName,
  params: Record<string, string> = {},
  query: Record<string, unknown> = {},
): string {
  const given = Object.entries(query).flatMap(([key, value]) =>
    value === undefined || value === '' ? [] : [[key, String(value)]],
  )
  const path = staffRoutes[name].path.replaceAll(/:(\w+)/g, (_, part: string) =>
    encodeURIComponent(params[part] ?? ''),
  )
  return given.length > 0 ? `${path}?${new URLSearchParams(given)}` : path
}

/** Whether the table lets these roles do it: what it forbids is not offered. */
export function may(roles: readonly StaffRole[], name: StaffRouteName): boolean {
  return isAllowed(staffRoutes[name], roles)
}
