/** Wakes readers of this process who wait for events. */
export interface EventBell {
  ring(): void
  /** @returns false when the process is stopping and there is no use in waiting again. */
  wait(timeoutMs: number): Promise<boolean>
  /** Ends all waiting, now and later. */
  stop(): void
}

export function createEventBell(): EventBell {
  let waiting: (() => void)[] = []
  let stopped = false
  const ring = () => {
    const woken = waiting
    waiting = []
    for (const wake of woken) wake()
  }
  return {
    ring,
    wait(timeoutMs) {
      if (stopped) return Promise.resolve(false)
      return new Promise((resolve) => {
        const wake = () => {
          clearTimeout(timer)
          resolve(!stopped)
        }
        const timer = setTimeout(() => {
          waiting = waiting.filter((other) => other !== wake)
          resolve(!stopped)
        }, timeoutMs)
        waiting.push(wake)
      })
    },
    stop() {
      stopped = true
      ring()
    },
  }
}
