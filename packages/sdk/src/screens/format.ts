import type { Translate } from '../strings/translate.ts'

/** The campus's wall clock: days and months are Asia/Shanghai (R15), which has no summer time. */
const SHANGHAI_OFFSET_MS = 8 * 3_600_000
const DAY_MS = 86_400_000

/** The wall clock in Shanghai as the UTC fields of a Date. */
export function toShanghai(at: number | string): Date {
  return new Date(new Date(at).getTime() + SHANGHAI_OFFSET_MS)
}

/** `12:04`, or `12:04:18`. */
export function formatTime(at: number | string, seconds = false): string {
  return toShanghai(at)
    .toISOString()
    .slice(11, seconds ? 19 : 16)
}

/** `2026-11`. */
export function monthOf(at: number | string): string {
  return toShanghai(at).toISOString().slice(0, 7)
}

/** `2026-11` and −1 make `2026-10`. */
export function addMonths(month: string, count: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number)
  return new Date(Date.UTC(year, number - 1 + count, 1)).toISOString().slice(0, 7)
}

export function formatMonth(month: string, t: Translate): string {
  const [y = '', number = ''] = month.split('-')
  return t('monthTitle', { y, m: Number(number), month: pick(t('months'), Number(number) - 1) })
}

/** Today, yesterday, or the date with its weekday. */
export function formatDay(at: number | string, now: number, t: Translate): string {
  const day = toShanghai(at)
  const daysAgo = dayNumber(now) - dayNumber(at)
  if (daysAgo === 0) return t('today')
  if (daysAgo === 1) return t('yesterday')
  return t('dayTitle', {
    m: day.getUTCMonth() + 1,
    d: day.getUTCDate(),
    month: pick(t('months'), day.getUTCMonth()),
    weekday: pick(t('weekdays'), day.getUTCDay()),
  })
}

export function formatInstant(at: number | string, t: Translate): string {
  const day = toShanghai(at)
  const two = (n: number) => String(n).padStart(2, '0')
  return t('fullTime', {
    y: day.getUTCFullYear(),
    m: two(day.getUTCMonth() + 1),
    d: two(day.getUTCDate()),
    month: pick(t('months'), day.getUTCMonth()),
    time: formatTime(at, true),
  })
}

/** How old a balance is, in words; the clock time once that says more. */
export function formatAge(at: number | string, now: number, t: Translate): string {
  const minutes = Math.floor((now - new Date(at).getTime()) / 60_000)
  if (minutes < 1) return t('justNow')
  if (minutes < 60) return t('minutesAgo', { n: minutes })
  return t('atTime', {
    time: dayNumber(now) === dayNumber(at) ? formatTime(at) : formatInstant(at, t),
  })
}

/** Whole days since 1970 in Shanghai, to tell one day from the next. */
export function dayNumber(at: number | string): number {
  return Math.floor(toShanghai(at).getTime() / DAY_MS)
}

function pick(words: string, index: number): string {
  return words.split(' ')[index] ?? ''
}
