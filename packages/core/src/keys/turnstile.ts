/** So many wait already that another would only wait in vain. */
export class Busy extends Error {
  override name = 'Busy'
}

/** Lets work through a few at a time. */
export type TakeTurn = <T>(work: () => Promise<T>) => Promise<T>

/**
 * Lets work through a few at a time, first come first served, and turns away when too many wait.
 *
 * @returns A function that runs its argument when it is its turn. Throws Busy.
 */
export function createTurnstile(atOnceMax: number, waitingMax: number): TakeTurn {
  const waiting: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running >= atOnceMax) {
      if (waiting.length >= waitingMax) throw new Busy('too many are waiting')
      // Whoever leaves hands over the place, so `running` stays as it is.
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else {
      running++
    }
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
