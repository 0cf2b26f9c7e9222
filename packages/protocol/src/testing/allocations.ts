import { GCProfiler, getHeapStatistics } from 'node:v8'

/** An operation, what it is called where its budget is exceeded, and that budget. */
export interface AllocationBudget {
  name: string
  /** For each time, in Node 20; some 20 % above what was measured last. */
  bytesMax: number
  /** How often a round does it: some hundred times, or a thousand where it is small. */
  count: number
  /** What a round needs beforehand. It is not counted. */
  prepare?(count: number): Promise<void>
  /** Does it that often; repeat() makes it of one that does it once. */
  run(count: number): Promise<void>
}

/**
 * Holds an operation to what it may allocate on this thread's JavaScript heap: the work that is left
 * for the collector. The machine's speed and load do not show in it.
 *
 * @returns A sentence that says what it took. Throws with that sentence when that is too much.
 */
export async function holdAllocations(budget: AllocationBudget): Promise<string> {
  const bytes = Math.round(await measureAllocations(budget))
  const bytesMax = budget.bytesMax * (isEngineOfBudgets ? 1 : OTHER_ENGINES_FACTOR)
  const sentence = `${budget.name} allocates ${bytes} bytes; its budget is ${bytesMax}`
  if (bytes > bytesMax) throw new Error(sentence)
  return sentence
}

/** Budgets are Node 20's. Node 22 and 24 take up to a third more for some operation, less for another. */
const isEngineOfBudgets = process.version.startsWith('v20.')
const OTHER_ENGINES_FACTOR = 1.5

/**
 * Counts what an operation allocates, kept or not. What lies outside of the heap (the bytes of buffers)
 * is not in it.
 *
 * @returns Bytes for each time: the median of some rounds.
 */
export async function measureAllocations(
  operation: Omit<AllocationBudget, 'name' | 'bytesMax'>,
): Promise<number> {
  for (let round = 0; round < WARM_UP_ROUNDS; round++) await runRound(operation)
  const rounds: number[] = []
  while (rounds.length < ROUNDS) rounds.push(await runRound(operation))
  rounds.sort((a, b) => a - b)
  return rounds[Math.floor(ROUNDS / 2)] as number
}

/** @param operation Is told how often it was done before in this round. */
export function repeat(operation: (at: number) => unknown): (count: number) => Promise<void> {
  return async (count) => {
    for (let at = 0; at < count; at++) await operation(at)
  }
}

/** What is compiled first allocates more. */
const WARM_UP_ROUNDS = 4
const ROUNDS = 3

/** By how much the heap has grown, and what collections have taken away meanwhile. */
async function runRound({
  count,
  prepare,
  run,
}: Omit<AllocationBudget, 'name' | 'bytesMax'>): Promise<number> {
  await prepare?.(count)
  const collections = new GCProfiler()
  collections.start()
  const before = getHeapStatistics().used_heap_size
  await run(count)
  const after = getHeapStatistics().used_heap_size
  let bytes = after - before
  for (const { beforeGC, afterGC } of collections.stop().statistics) {
    bytes += beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize
  }
  return bytes / count
}
