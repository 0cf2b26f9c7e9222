import { describe, expect, it } from 'vitest'
import { createClocks } from './clocks.ts'
import type { DisturbanceLine } from './diary.ts'

const shift = (atMs: number, aheadMs: number, core = 'a'): DisturbanceLine => {
  return { line: 'disturbance', atMs, what: 'shift-clock', core, aheadMs, detail: '' }
}

describe('clocks', () => {
  it('are right where nobody moved them', () => {
    const clocks = createClocks([shift(10_000, 5, 'b')])
    expect(clocks.aheadMs('a', 0, 99_000)).toEqual({ least: 0, most: 0 })
  })

  it('are as they were set, from then on', () => {
    const clocks = createClocks([shift(10_000, 120_000), shift(50_000, 0)])
    expect(clocks.aheadMs('a', 0, 7_000)).toEqual({ least: 0, most: 0 })
    expect(clocks.aheadMs('a', 20_000, 30_000)).toEqual({ least: 120_000, most: 120_000 })
    expect(clocks.aheadMs('a', 60_000, 70_000)).toEqual({ least: 0, most: 0 })
  })

  it('may be either while they are being set', () => {
    const clocks = createClocks([shift(10_000, -120_000)])
    expect(clocks.aheadMs('a', 9_000, 9_999)).toEqual({ least: 0, most: 0 })
    expect(clocks.aheadMs('a', 10_500, 11_900)).toEqual({ least: -120_000, most: 0 })
    expect(clocks.aheadMs('a', 15_500, 15_900)).toEqual({ least: -120_000, most: 0 })
    expect(clocks.aheadMs('a', 5_000, 60_000)).toEqual({ least: -120_000, most: 0 })
  })

  it('are right again after a kill', () => {
    const kill: DisturbanceLine = {
      line: 'disturbance',
      atMs: 30_000,
      what: 'kill-core',
      core: 'a',
      detail: '',
    }
    const clocks = createClocks([shift(10_000, 120_000), kill])
    expect(clocks.aheadMs('a', 40_000, 50_000)).toEqual({ least: 0, most: 0 })
  })
})
