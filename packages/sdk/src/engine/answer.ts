import type { ErrorCode } from '@campus-ecode/protocol/errors'
import type { ShownProblem } from '../model.ts'

/** A problem as the engine handles it; screens read the part they show. */
export interface Trouble extends ShownProblem {
  retryable: boolean
  /** HTTP status; 0 for what the page found out by itself. */
  status: number
}

/** What a call brought: expected refusals are values, exceptions mean faults. */
export type Answer<T> = { ok: true; value: T } | { ok: false; trouble: Trouble }

/** A problem found in the page; its words are the screens' own. */
export function localTrouble(code: ErrorCode, retryable = true): Trouble {
  return { code, retryable, status: 0 }
}

export function failed(trouble: Trouble): { ok: false; trouble: Trouble } {
  return { ok: false, trouble }
}

/**
 * True for what the host page's people must look into, rather than the person with the phone:
 * faults, sessions, origins, rates. Card, code and money refusals are not among them.
 */
export function isTechnical({ status, code }: Trouble): boolean {
  return status < 402 || status >= 500 || technicalCodes.includes(code)
}

const technicalCodes: string[] = [
  'NOT_FOUND',
  'RATE_LIMITED',
  'ORIGIN_NOT_ALLOWED',
  'SCOPE_MISSING',
]
