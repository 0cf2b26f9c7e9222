import { describe, expect, it } from 'vitest'
import { en } from '../strings/en.ts'
import { makeTranslate } from '../strings/translate.ts'
import { zhCn } from '../strings/zh-cn.ts'
import { zhCnMore } from '../strings/zh-cn-more.ts'
import {
  addMonths,
  formatAge,
  formatDay,
  formatInstant,
  formatMonth,
  formatTime,
  monthOf,
} from './format.ts'

const zh = makeTranslate(zhCn, zhCnMore)
const english = makeTranslate(en)
// One minute before and after midnight in Shanghai, the evening before in UTC.
const before = '2026-11-30T15:59:00.000Z'
const after = '2026-11-30T16:00:00.000Z'

describe('the campus’s wall clock is Shanghai’s (R15)', () => {
  it('turns the month at midnight there, wherever the phone is', () => {
    expect(monthOf(before)).toBe('2026-11')
    expect(monthOf(after)).toBe('2026-12')
  })

  it('writes times of the day', () => {
    expect(formatTime(before)).toBe('23:59')
    expect(formatTime(after, true)).toBe('00:00:00')
    expect(formatInstant(after, zh)).toBe('2026-12-01 00:00:00')
    expect(formatInstant(after, english)).toBe('01 Dec 2026, 00:00:00')
  })

  it('names today and yesterday by the calendar, not by hours', () => {
    const now = Date.parse(after)
    expect(formatDay(after, now, zh)).toBe('今天')
    expect(formatDay(before, now, zh)).toBe('昨天')
    expect(formatDay('2026-11-29T15:00:00.000Z', now, zh)).toBe('11月29日 周日')
    expect(formatDay('2026-11-29T15:00:00.000Z', now, english)).toBe('Sun, 29 Nov')
  })

  it('steps months over the year', () => {
    expect(addMonths('2026-12', 1)).toBe('2027-01')
    expect(addMonths('2026-01', -1)).toBe('2025-12')
    expect(formatMonth('2026-11', zh)).toBe('2026年11月')
    expect(formatMonth('2026-11', english)).toBe('Nov 2026')
  })

  it('says how old a balance is', () => {
    const now = Date.parse(after)
    expect(formatAge(now - 59_000, now, zh)).toBe('刚刚更新')
    expect(formatAge(now - 61_000, now, zh)).toBe('1 分钟前更新')
    expect(formatAge(now - 2 * 3_600_000, now, zh)).toBe('2026-11-30 22:00:00 更新')
    expect(formatAge(now, now + 2 * 3_600_000, zh)).toBe('00:00 更新')
    expect(formatAge(now + 5_000, now, zh)).toBe('刚刚更新')
  })
})
