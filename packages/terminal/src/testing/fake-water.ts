import { describeError, type ErrorCode } from '@campus-ecode/protocol/errors'
import type { WaterSession } from '@campus-ecode/protocol/water'
import type { Answer } from '../answer.ts'
import type { WaterCalls } from '../shower/water-calls.ts'

/** `cut`: nothing arrives. `deaf`: all is done, and no answer comes back. */
export type WaterNetwork = 'fine' | 'cut' | 'deaf'

/** The core's half of showers in memory, at one fen for a decilitre, with a network that can be cut. */
export function createFakeWater() {
  const sessions = new Map<string, WaterSession>()
  const reversed = new Set<string>()
  const asked: string[] = []
  let network: WaterNetwork = 'fine'
  let refusal: ErrorCode | undefined

  async function answer<T>(call: string, act: () => Answer<T>): Promise<Answer<T>> {
    asked.push(call)
    if (network === 'cut') return { kind: 'unknown', reason: 'NOT_SENT' }
    const said = act()
    return network === 'deaf' ? { kind: 'unknown', reason: 'NO_ANSWER' } : said
  }
  function refuse(code: ErrorCode) {
    const { sentences: message, retryable } = describeError(code)
    return { kind: 'refused', code, message, retryable, requestId: 'r' } as const
  }
  function tell(session: WaterSession): Answer<WaterSession> {
    sessions.set(session.sessionNo, session)
    return { kind: 'answered', body: session }
  }
  function settle(session: WaterSession, endedBy: WaterSession['endedBy']): WaterSession {
    const endedAt = new Date().toISOString()
    return session.status === 'ENDED' ? session : { ...session, status: 'ENDED', endedBy, endedAt }
  }
  const measured = (session: WaterSession, totalMl: number): WaterSession => {
    const litresMl = Math.min(session.maxMl, Math.max(session.litresMl, totalMl))
    return { ...session, litresMl, amountFen: Math.floor(litresMl / 100) }
  }

  const calls: WaterCalls = {
    start: ({ sessionNo, waterPassword }) =>
      answer('start', () => {
        const known = sessions.get(sessionNo)
        if (known) return tell(known)
        if (reversed.has(sessionNo)) return refuse('ORDER_REVERSED')
        if (refusal) return refuse(refusal)
        if (waterPassword !== '580362') return refuse('WATER_PASSWORD_WRONG')
        return tell({
          ...{ sessionNo, status: 'RUNNING', holdFen: 1_500, litresMl: 0, amountFen: 0 },
          ...{ endedBy: null, startedAt: new Date().toISOString(), endedAt: null },
          ...{ maxMl: 150_000, lastSeq: 0, leaseSeconds: 180 },
        })
      }),
    look: (sessionNo) =>
      answer('look', () => {
        const known = sessions.get(sessionNo)
        return known ? tell(known) : refuse('WATER_SESSION_UNKNOWN')
      }),
    meter: (sessionNo, { seq, totalMl }) =>
      answer(`meter ${seq} ${totalMl}`, () => {
        const known = sessions.get(sessionNo)
        if (!known) return refuse('WATER_SESSION_UNKNOWN')
        if (known.status === 'ENDED') return refuse('WATER_SESSION_ENDED')
        if (seq <= known.lastSeq) return tell(known)
        return tell({ ...measured(known, totalMl), lastSeq: seq })
      }),
    end: (sessionNo, totalMl) =>
      answer(`end ${totalMl}`, () => {
        const known = sessions.get(sessionNo)
        if (!known) return refuse('WATER_SESSION_UNKNOWN')
        if (known.status === 'ENDED') return tell(known)
        return tell(settle(measured(known, totalMl), 'controller'))
      }),
    reverse: (sessionNo) =>
      answer('reverse', () => {
        reversed.add(sessionNo)
        return { kind: 'answered', body: {} as never }
      }),
    close: async () => {},
  }
  return {
    calls,
    asked,
    sessions,
    reversed,
    setNetwork(next: WaterNetwork) {
      network = next
    },
    setRefusal(next: ErrorCode | undefined) {
      refusal = next
    },
    /** As the person's phone does, or silence. */
    end(endedBy: 'phone' | 'idle'): void {
      for (const session of sessions.values()) tell(settle(session, endedBy))
    },
  }
}
