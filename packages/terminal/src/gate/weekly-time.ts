import type { WeeklyTime } from '@campus-ecode/protocol/access-policy'

/** When it is, by the school's clock. */
export interface LocalTime {
  /** 1 is Monday (ISO 8601). */
  day: number
  minute: number
}

export function readLocalTime(now: number, utcOffsetMinutes: number): LocalTime {
  const minutes = Math.floor(now / 60) + utcOffsetMinutes
  // 1970-01-01 was a Thursday.
  const day = ((Math.floor(minutes / DAY_MINUTES) + 3) % 7) + 1
  return { day, minute: minutes % DAY_MINUTES }
}

/** Whether a weekly time holds. One that does not end after it begins goes on into the next morning. */
export function holdsWeekly(
  { days, from, until }: WeeklyTime,
  { day, minute }: LocalTime,
): boolean {
  const begins = toMinute(from)
  const ends = toMinute(until)
  if (ends > begins) return days.includes(day) && minute >= begins && minute < ends
  const dayBefore = day === 1 ? 7 : day - 1
  return (days.includes(day) && minute >= begins) || (days.includes(dayBefore) && minute < ends)
}

const DAY_MINUTES = 1_440

function toMinute(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
}
