import { expect, it } from 'vitest'
import { runPairs } from './pairs.ts'

it('alternates, leaves out the first pair, and takes the median of the ratios', async () => {
  const order: string[] = []
  const ours = [99, 4, 10, 30]
  const peers = [99, 2, 10, 10]
  const pairs = await runPairs(
    3,
    async () => {
      order.push('ours')
      return ours.shift() ?? 0
    },
    async () => {
      order.push('peer')
      return peers.shift() ?? 0
    },
  )
  expect(order).toEqual(['ours', 'peer', 'ours', 'peer', 'peer', 'ours', 'ours', 'peer'])
  expect(pairs).toEqual({ ours: 10, peer: 10, ratio: 2, ratios: [2, 1, 3] })
})
