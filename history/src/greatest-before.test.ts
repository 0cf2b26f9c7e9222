import { describe, expect, it } from 'vitest'
import { greatestBefore } from './greatest-before.ts'

describe('the greatest before a place', () => {
  const items = [
    { at: 5, fen: 1 },
    { at: 1, fen: 3 },
    { at: 3, fen: 7 },
    { at: Infinity, fen: 99 },
  ]
  const find = greatestBefore(
    items,
    ({ at }) => at,
    ({ fen }) => fen,
  )

  it.each([
    [1, undefined],
    [2, 3],
    [3, 3],
    [4, 7],
    [6, 7],
    [1e9, 7],
  ])('%i is %s', (place, fen) => {
    expect(find(place)?.fen).toBe(fen)
  })
})
