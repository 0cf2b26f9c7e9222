import { isDeepStrictEqual } from 'node:util'
import type {
  FaceCheck,
  FaceCheckRequest,
  FaceCheckResult,
} from '@campus-ecode/protocol/real-name-port'
import type { PortAnswer } from '../ports/debit-port.ts'
import type { RealNamePort } from '../ports/real-name-port.ts'

export type FaceFault = 'none' | 'down' | 'silent' | 'drop_answer' | 'refuse'

/** The real-name provider in memory: checks by reference, decided by the test; with faults. */
export function createKnownFace() {
  const checks = new Map<string, FaceCheck & { request: FaceCheckRequest }>()
  const calls: string[] = []
  let fault: FaceFault = 'none'

  async function answer<T>(call: string, act: () => PortAnswer<T>): Promise<PortAnswer<T>> {
    calls.push(call)
    if (fault === 'down') return { ok: false, reason: 'NOT_SENT' }
    if (fault === 'silent') return { ok: false, reason: 'UNKNOWN' }
    if (fault === 'refuse') return { ok: false, reason: 'REFUSED', error: 'BAD_REQUEST' }
    const result = act()
    return fault === 'drop_answer' ? { ok: false, reason: 'UNKNOWN' } : result
  }

  const port: RealNamePort = {
    start: (request) =>
      answer('start', () => {
        const { reference, expiresAt } = request
        const before = checks.get(reference)
        if (before && !isDeepStrictEqual(before.request, request)) {
          return { ok: false, reason: 'REFUSED', error: 'REFERENCE_REUSED' }
        }
        const pageUrl = `https://face.example/check/${checks.size + 1}`
        const check = before ?? { request, reference, result: 'PENDING', pageUrl, expiresAt }
        checks.set(reference, check)
        return { ok: true, value: check }
      }),
    query: (reference) =>
      answer('query', () => {
        const check = checks.get(reference)
        if (!check) return { ok: false, reason: 'REFUSED', error: 'NOT_FOUND' }
        return { ok: true, value: check }
      }),
  }
  return {
    ...port,
    calls,
    setFault(next: FaceFault) {
      fault = next
    },
    /** What the core has sent for a check. */
    requestOf: (reference: string): FaceCheckRequest | undefined => checks.get(reference)?.request,
    /** The person has looked into the camera, or let the time pass. Tells nobody. */
    decide(reference: string, result: FaceCheckResult): void {
      const check = checks.get(reference)
      if (!check) throw new Error('no such face check was started')
      checks.set(reference, { ...check, result, pageUrl: null })
    },
  }
}
export type KnownFace = ReturnType<typeof createKnownFace>
