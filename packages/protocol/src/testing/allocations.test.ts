import { expect, test } from 'vitest'
import { measureAllocations, repeat } from './allocations.ts'

/** An array's own words beside its elements, and what repeat() itself takes. */
const BESIDES_BYTES_MAX = 600

test.each([
  ['held', 100],
  ['collected, many times over', 20_000],
])('what is allocated is counted when it is %s', async (_, count) => {
  let held: number[][] = []
  const bytes = await measureAllocations({
    count,
    async prepare() {
      held = []
    },
    run: repeat((at) => {
      held[at % 100] = new Array<number>(1_000).fill(at)
    }),
  })
  expect(bytes).toBeGreaterThanOrEqual(8_000)
  expect(bytes).toBeLessThan(8_000 + BESIDES_BYTES_MAX)
})

test('what a round prepares is not counted', async () => {
  let prepared: number[][] = []
  const bytes = await measureAllocations({
    count: 100,
    async prepare(count) {
      prepared = Array.from({ length: count }, () => new Array<number>(1_000).fill(0))
    },
    run: repeat((at) => {
      prepared[at]?.fill(1)
    }),
  })
  expect(bytes).toBeLessThan(BESIDES_BYTES_MAX)
})
