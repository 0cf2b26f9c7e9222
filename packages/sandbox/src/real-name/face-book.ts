import { createHmac } from 'node:crypto'
import type { portErrorSchema } from '@campus-ecode/protocol/debit-port'
import type {
  FaceCheck,
  FaceCheckRequest,
  FaceCheckResult,
} from '@campus-ecode/protocol/real-name-port'
import type { z } from 'zod'
import type { Journal } from '../journal.ts'

type PortError = z.infer<typeof portErrorSchema>

/** A line of the provider's journal. Of a person it names nothing. */
export type FaceEntry = { at: string; reference: string } & (
  | {
      kind: 'started'
      expiresAt: string
      returnTo: string
      locale: FaceCheckRequest['locale']
      /** Keyed digest of what was asked, to know a repeat by. */
      content: string
    }
  | { kind: 'decided'; result: FaceCheckResult }
  | { kind: 'told' }
)

export interface FaceState {
  reference: string
  expiresAt: string
  returnTo: string
  locale: FaceCheckRequest['locale']
  result: FaceCheck['result']
  told: boolean
}

export interface FaceBook {
  start(request: FaceCheckRequest): FaceCheck | PortError
  query(reference: string): FaceCheck | PortError
  /** The check whose page this is. */
  findByToken(token: string): FaceState | undefined
  /** @returns False when it was decided before, or its time is up. */
  decide(reference: string, result: FaceCheckResult): boolean
  /** The core has taken the result. */
  markTold(reference: string): void
  /** What the core has yet to be told of. */
  listUntold(): { reference: string; result: FaceCheckResult }[]
  close(): void
}

/** Nobody stands before a camera longer. */
const LIFE_MS = 5 * 60_000

/**
 * Face checks by the caller's reference: each has a page of its own, and ends once.
 *
 * @param secret Of pages' tokens and digests, which are derived and so outlive a restart unwritten.
 * @param onDecided Is called once per check.
 */
export function createFaceBook({
  journal,
  secret,
  pageUrlOf,
  onDecided,
}: {
  journal: Journal<FaceEntry>
  secret: string
  pageUrlOf: (token: string) => string
  onDecided: (reference: string, result: FaceCheckResult) => void
}): FaceBook {
  const checks = new Map<string, FaceState & { content: string }>()
  const references = new Map<string, string>()
  const timers = new Map<string, NodeJS.Timeout>()
  for (const entry of journal.entries) apply(entry)
  for (const [reference, { result }] of checks) if (result === 'PENDING') watchExpiry(reference)

  function apply(entry: FaceEntry): void {
    const { reference } = entry
    if (entry.kind === 'started') {
      const { expiresAt, returnTo, locale, content } = entry
      const state = { reference, expiresAt, returnTo, locale, content, told: false }
      checks.set(reference, { ...state, result: 'PENDING' })
      references.set(tokenOf(reference), reference)
      return
    }
    const check = checks.get(reference)
    if (!check) throw new Error('the journal decides a check that it does not have')
    if (entry.kind === 'decided') check.result = entry.result
    else check.told = true
  }

  type NewEntry = FaceEntry extends infer E ? (E extends FaceEntry ? Omit<E, 'at'> : never) : never
  function write(entry: NewEntry): void {
    const full = { at: new Date().toISOString(), ...entry } as FaceEntry
    journal.append(full)
    apply(full)
  }

  function digest(purpose: string, text: string): string {
    return createHmac('sha256', secret).update(`${purpose}/${text}`).digest('base64url')
  }
  function tokenOf(reference: string): string {
    return digest('face-page', reference)
  }

  function end(reference: string, result: FaceCheckResult): void {
    clearTimeout(timers.get(reference))
    timers.delete(reference)
    write({ kind: 'decided', reference, result })
    onDecided(reference, result)
  }

  function endIfLate({ reference, result, expiresAt }: FaceState): void {
    if (result === 'PENDING' && Date.now() >= Date.parse(expiresAt)) end(reference, 'EXPIRED')
  }

  function watchExpiry(reference: string): void {
    const check = checks.get(reference)
    if (!check) return
    const leftMs = Math.max(0, Date.parse(check.expiresAt) - Date.now())
    timers.set(reference, setTimeout(() => endIfLate(check), leftMs + 1).unref())
  }

  function query(reference: string): FaceCheck | PortError {
    const check = checks.get(reference)
    if (!check) return { error: 'NOT_FOUND' }
    endIfLate(check)
    const { result, expiresAt } = check
    const pageUrl = result === 'PENDING' ? pageUrlOf(tokenOf(reference)) : null
    return { reference, result, pageUrl, expiresAt }
  }

  return {
    start(request) {
      const { reference, returnTo, locale } = request
      const content = digest('content', JSON.stringify(request))
      const before = checks.get(reference)
      if (before)
        return before.content === content ? query(reference) : { error: 'REFERENCE_REUSED' }
      const endsAt = Math.min(Date.now() + LIFE_MS, Date.parse(request.expiresAt))
      const expiresAt = new Date(endsAt).toISOString()
      write({ kind: 'started', reference, expiresAt, returnTo, locale, content })
      watchExpiry(reference)
      return query(reference)
    },
    query,
    findByToken(token) {
      const check = checks.get(references.get(token) ?? '')
      if (check) endIfLate(check)
      return check
    },
    decide(reference, result) {
      const check = checks.get(reference)
      if (!check) return false
      endIfLate(check)
      if (check.result !== 'PENDING') return false
      end(reference, result)
      return true
    },
    markTold(reference) {
      if (checks.get(reference)?.told === false) write({ kind: 'told', reference })
    },
    listUntold() {
      return [...checks.values()].flatMap(({ reference, result, told }) =>
        result === 'PENDING' || told ? [] : [{ reference, result }],
      )
    },
    close() {
      for (const timer of timers.values()) clearTimeout(timer)
    },
  }
}
