import { describe, expect, it } from 'vitest'
import { believe, costOf, mlMaxOf, type Terms } from './rules.ts'

const name = { 'zh-CN': '学生优惠', en: 'Student price' }
const terms: Terms = { fenPer10Litres: 150, holdFen: 1_500, class: 'student', rule: null }

describe('what water costs', () => {
  it('is rounded down to a fen, and nothing below a fen', () => {
    expect(costOf(terms, 66)).toEqual({ listFen: 0, amountFen: 0, rule: null })
    expect(costOf(terms, 67).amountFen).toBe(1)
    expect(costOf(terms, 10_000).amountFen).toBe(150)
    expect(costOf(terms, 19_999).amountFen).toBe(299)
  })

  it('follows the rule of the class (R4)', () => {
    const rule = { class: 'student' as const, permille: 800, name }
    expect(costOf({ ...terms, rule }, 10_000)).toEqual({
      listFen: 150,
      amountFen: 120,
      rule: { name, changeFen: -30 },
    })
  })

  it.each([1, 7, 333, 800, 999, 1_000, 1_001, 1_150, 2_999, 3_000])(
    'reaches the hold, and never goes beyond, at a price of %i permille',
    (permille) => {
      for (const fenPer10Litres of [1, 33, 150, 9_999]) {
        const some = {
          ...terms,
          fenPer10Litres,
          rule: { class: 'student' as const, permille, name },
        }
        const ml = mlMaxOf(some)
        expect(costOf(some, ml).amountFen).toBeLessThanOrEqual(some.holdFen)
        if (ml === 10_000_000) continue
        expect(costOf(some, ml).amountFen).toBeGreaterThan(some.holdFen - 4)
        expect(costOf(some, ml * 2).amountFen).toBe(some.holdFen)
      }
    },
  )

  it('is at least a fen where there is anything to pay, so a rule of nothing shuts at the end of the scale', () => {
    const rule = { class: 'student' as const, permille: 0, name }
    expect(mlMaxOf({ ...terms, rule })).toBe(10_000_000)
    expect(costOf({ ...terms, rule }, 10_000).amountFen).toBe(1)
  })
})

describe('what of a reading is believed', () => {
  const session = {
    total_ml: 5_000,
    max_ml: 100_000,
    litres_per_minute_max: 20,
    running_seconds: 60,
  }
  it.each([
    ['more than before', 8_000, 8_000, false],
    ['as much as before', 5_000, 5_000, false],
    ['less than before: the meter has forgotten', 4_999, 5_000, true],
    ['as much as the pipe can have given, and a little', 22_000, 22_000, false],
    ['more than the pipe can have given', 22_001, 22_000, true],
    ['anything', 10_000_000, 22_000, true],
  ])('%s', (_, said, totalMl, impossible) => {
    expect(believe(session, said)).toEqual({ totalMl, impossible })
  })

  it('goes no further than the hold, which valves that shut late may overrun', () => {
    const late = { ...session, running_seconds: 600 }
    expect(believe(late, 101_500)).toEqual({ totalMl: 100_000, impossible: false })
  })

  it('stays within what was believed when the clock goes back', () => {
    expect(believe({ ...session, running_seconds: -60 }, 6_000)).toEqual({
      totalMl: 5_000,
      impossible: true,
    })
  })
})
