import { describe, expect, it } from 'vitest'
import { createRandom } from './random.ts'

const draw = (seed: number | string, count: number) => {
  const random = createRandom(seed)
  return Array.from({ length: count }, () => random.next())
}

describe('random', () => {
  it('gives the same choices for the same seed and others for another', () => {
    expect(draw(7, 50)).toEqual(draw(7, 50))
    expect(draw(7, 50)).not.toEqual(draw(8, 50))
    // Pinned: a seed in a report must mean the same next year.
    expect(draw(1, 3).map((value) => Math.floor(value * 1e9))).toEqual(PINNED)
  })

  it('draws a fork alike, however often its parent has drawn', () => {
    const early = createRandom(7).fork('till')
    const parent = createRandom(7)
    for (let i = 0; i < 100; i++) parent.next()
    expect(parent.fork('till').next()).toBe(early.next())
    expect(parent.fork('phone').next()).not.toBe(createRandom(7).fork('till').next())
  })

  it('spreads evenly and reaches both bounds', () => {
    const random = createRandom(3)
    const counts = [0, 0, 0, 0]
    for (let i = 0; i < 40_000; i++) counts[random.int(0, 3)] = (counts[random.int(0, 3)] ?? 0) + 1
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(2_500)
    const seen = new Set(Array.from({ length: 500 }, () => random.int(0, 5)))
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5])
  })

  it('picks by weight, and never what weighs nothing', () => {
    const random = createRandom(5)
    const picked = Array.from({ length: 10_000 }, () => random.weighted({ a: 3, b: 1, c: 0 }))
    const share = picked.filter((key) => key === 'a').length / picked.length
    expect(Math.abs(share - 0.75)).toBeLessThan(0.03)
    expect(picked).not.toContain('c')
  })

  it('shuffles without losing anything', () => {
    const list = Array.from({ length: 64 }, (_, i) => i)
    const shuffled = createRandom(9).shuffle(list)
    expect(shuffled).not.toEqual(list)
    expect([...shuffled].sort((a, b) => a - b)).toEqual(list)
  })
})

const PINNED = [666632373, 179981941, 50934040]
