import { setTimeout as sleep } from 'node:timers/promises'

/** What has been sent and may still arrive, whether or not anybody waits for it. */
export interface UnderWay {
  follow<T>(work: Promise<T>): Promise<T>
  /** Follows it; resolves with what comes of it, or with silence after so long. */
  within<T>(work: Promise<T>, patienceMs: number): Promise<T | Silence>
  /** Resolves when nothing is on its way any more. */
  settle(): Promise<void>
}

export interface Silence {
  outcome: 'info'
  why: string
}

/** How long who asks waits, unless it is said. */
export const PATIENCE_MS = 6_000

export function createUnderWay(): UnderWay {
  const works = new Set<Promise<unknown>>()

  function follow<T>(work: Promise<T>): Promise<T> {
    works.add(work)
    void work.finally(() => works.delete(work)).catch(() => {})
    return work
  }

  return {
    follow,
    async within<T>(work: Promise<T>, patienceMs: number) {
      const gaveUp = new AbortController()
      const waited = sleep(patienceMs, undefined, { signal: gaveUp.signal }).then(
        (): Silence => ({ outcome: 'info', why: 'no reply in time' }),
        (): Silence => ({ outcome: 'info', why: 'no reply' }),
      )
      const came = await Promise.race([follow(work), waited])
      gaveUp.abort()
      return came
    },
    async settle() {
      while (works.size > 0) await Promise.allSettled(works)
    },
  }
}
