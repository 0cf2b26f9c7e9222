export interface BatcherOptions<I, O> {
  /** Does all items in one go; answers by position. A fault makes each item be tried alone. */
  flush(items: I[]): Promise<O[]>
  /** Items that share a key never stand in one batch, nor in two batches at once. */
  keysOf?(item: I): string[]
  /** Items of different groups never stand in one batch: each school's payments are a transaction of its own. */
  groupOf?(item: I): string
  flushers?: number
  batchMax?: number
  /** Batch size once more than `batchMax` times `flushers` items wait. */
  batchMaxOverload?: number
  /** Items beyond this many are turned away with `BatcherFull`. */
  waitingMax?: number
}

export interface Batcher<I, O> {
  submit(item: I): Promise<O>
  /** Resolves when nothing waits and nothing is under way. */
  idle(): Promise<void>
}

/** Too many items wait; the caller should be told to come back. */
export class BatcherFull extends Error {
  constructor() {
    super('too many items wait')
  }
}

interface Waiting<I, O> {
  item: I
  keys: string[]
  resolve(value: O): void
  reject(error: unknown): void
}

/**
 * Gathers single items into batches without a timer: a flush starts whenever a flusher is free, so
 * one item alone goes at once and a crowd shares its COMMITs. (A fixed wait was slower everywhere.)
 */
export function createBatcher<I, O>({
  flush,
  keysOf = () => [],
  groupOf = () => '',
  flushers = 2,
  batchMax = 64,
  batchMaxOverload = 256,
  waitingMax = 10_000,
}: BatcherOptions<I, O>): Batcher<I, O> {
  let queue: Waiting<I, O>[] = []
  const busyKeys = new Set<string>()
  let running = 0
  let idleWaiters: (() => void)[] = []

  function pump(): void {
    while (running < flushers) {
      const batch = takeBatch()
      if (batch.length === 0) break
      running++
      void run(batch)
    }
    if (running === 0 && queue.length === 0) {
      for (const wake of idleWaiters) wake()
      idleWaiters = []
    }
  }

  function takeBatch(): Waiting<I, O>[] {
    const limit = queue.length > batchMax * flushers ? batchMaxOverload : batchMax
    const batch: Waiting<I, O>[] = []
    const rest: Waiting<I, O>[] = []
    // That of whoever waits longest and can go.
    let group: string | undefined
    for (const waiting of queue) {
      const isFree = batch.length < limit && !waiting.keys.some((key) => busyKeys.has(key))
      if (isFree && (group ?? groupOf(waiting.item)) === groupOf(waiting.item)) {
        group ??= groupOf(waiting.item)
        for (const key of waiting.keys) busyKeys.add(key)
        batch.push(waiting)
      } else {
        rest.push(waiting)
      }
    }
    queue = rest
    return batch
  }

  async function run(batch: Waiting<I, O>[]): Promise<void> {
    try {
      settle(batch, await flush(batch.map((waiting) => waiting.item)))
    } catch (error) {
      // One faulty item must not take its neighbours along.
      if (batch.length === 1) batch[0]?.reject(error)
      else for (const waiting of batch) await runAlone(waiting)
    } finally {
      for (const waiting of batch) for (const key of waiting.keys) busyKeys.delete(key)
      running--
      pump()
    }
  }

  async function runAlone(waiting: Waiting<I, O>): Promise<void> {
    try {
      settle([waiting], await flush([waiting.item]))
    } catch (error) {
      waiting.reject(error)
    }
  }

  function settle(batch: Waiting<I, O>[], results: O[]): void {
    if (results.length !== batch.length) throw new Error('a flush answered another number of items')
    batch.forEach((waiting, at) => {
      waiting.resolve(results[at] as O)
    })
  }

  return {
    submit(item) {
      if (queue.length >= waitingMax) return Promise.reject(new BatcherFull())
      return new Promise<O>((resolve, reject) => {
        queue.push({ item, keys: keysOf(item), resolve, reject })
        // Items that arrive in the same turn of the event loop share a batch.
        if (queue.length === 1) setImmediate(pump)
      })
    },
    idle() {
      if (running === 0 && queue.length === 0) return Promise.resolve()
      return new Promise((resolve) => idleWaiters.push(resolve))
    },
  }
}
