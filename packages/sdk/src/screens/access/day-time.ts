import type { Translate } from '../../strings/translate.ts'
import { dayNumber, formatDay, formatTime } from '../format.ts'

/** `18:30`, or with its day when that is not today. */
export function formatDayTime(at: number | string, now: number, t: Translate): string {
  const time = formatTime(at)
  return dayNumber(at) === dayNumber(now) ? time : `${formatDay(at, now, t)} ${time}`
}
