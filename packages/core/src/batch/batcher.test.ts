import { expect, test } from 'vitest'
import { BatcherFull, createBatcher } from './batcher.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** A batcher whose flushes wait to be released, so that a test sees what gathers meanwhile. */
function createHeld(
  options: { flushers?: number; batchMax?: number; keys?: boolean; groups?: boolean } = {},
) {
  const batches: string[][] = []
  const releases: (() => void)[] = []
  const batcher = createBatcher<string, string>({
    ...(options.flushers && { flushers: options.flushers }),
    ...(options.batchMax && { batchMax: options.batchMax }),
    batchMaxOverload: 6,
    ...(options.groups && { groupOf: (item: string) => item[0] ?? '' }),
    ...(options.keys && { keysOf: (item: string) => [item[0] ?? ''] }),
    async flush(items) {
      batches.push(items)
      await new Promise<void>((resolve) => releases.push(resolve))
      return items.map((item) => `${item}!`)
    },
  })
  return { batcher, batches, release: () => releases.shift()?.() }
}

test('a single item goes at once', async () => {
  const { batcher, batches, release } = createHeld()
  const answer = batcher.submit('a')
  await turn()
  expect(batches).toEqual([['a']])
  release()
  expect(await answer).toBe('a!')
})

test('what arrives while the flushers are busy shares the next batch', async () => {
  const { batcher, batches, release } = createHeld({ flushers: 1, batchMax: 3 })
  const answers = [batcher.submit('a')]
  await turn()
  answers.push(batcher.submit('b'), batcher.submit('c'))
  await turn()
  release()
  await answers[0]
  await turn()
  expect(batches).toEqual([['a'], ['b', 'c']])
  release()
  expect(await Promise.all(answers)).toEqual(['a!', 'b!', 'c!'])
})

test('items with the same key never share a batch and never run at once', async () => {
  const { batcher, batches, release } = createHeld({ keys: true })
  const answers = ['a1', 'a2', 'b1'].map((item) => batcher.submit(item))
  await turn()
  expect(batches).toEqual([['a1', 'b1']])
  release()
  await answers[0]
  await turn()
  expect(batches).toEqual([['a1', 'b1'], ['a2']])
  release()
  await Promise.all(answers)
})

test('items of different groups never share a batch, and the group that waits longest goes first', async () => {
  const { batcher, batches, release } = createHeld({ flushers: 1, groups: true })
  const answers = ['a1', 'b1', 'a2', 'b2'].map((item) => batcher.submit(item))
  await turn()
  expect(batches).toEqual([['a1', 'a2']])
  answers.push(batcher.submit('a3'))
  release()
  await answers[0]
  await turn()
  release()
  await answers[1]
  await turn()
  expect(batches).toEqual([['a1', 'a2'], ['b1', 'b2'], ['a3']])
  release()
  await Promise.all(answers)
})

test('a crowd is served in larger batches', async () => {
  const { batcher, batches, release } = createHeld({ flushers: 1, batchMax: 2 })
  const answers = Array.from({ length: 6 }, (_, at) => batcher.submit(String(at)))
  await turn()
  expect(batches[0]).toHaveLength(6)
  release()
  await Promise.all(answers)
})

test('a faulty item fails alone', async () => {
  const batcher = createBatcher<number, number>({
    async flush(items) {
      if (items.includes(2)) throw new Error('two')
      return items
    },
  })
  const results = await Promise.allSettled([1, 2, 3].map((item) => batcher.submit(item)))
  expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})

test('the queue is bounded and idle waits for all of it', async () => {
  const batcher = createBatcher<number, number>({ flush: async (items) => items, waitingMax: 1 })
  const first = batcher.submit(1)
  await expect(batcher.submit(2)).rejects.toBeInstanceOf(BatcherFull)
  await batcher.idle()
  expect(await first).toBe(1)
})
