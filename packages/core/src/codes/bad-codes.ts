import {
  ALIAS_WRONG_MAX,
  SCHOOL_BAD_PER_DAY_ALARM,
  TERMINAL_BAD_IN_A_ROW_MAX,
  TERMINAL_BAD_IN_WINDOW_MAX,
  TERMINAL_BAD_WINDOW_SECONDS,
  TERMINAL_LOCK_SECONDS,
  TERMINAL_PAUSE_SECONDS,
} from '@campus-ecode/protocol/code-rules'
import { inTransaction, prepare, type Queryable } from '../db/database.ts'
import { type Refusal, refuse, type Services } from '../http/operation.ts'
import type { Scan } from './scan.ts'

/** A terminal of a school. */
interface TerminalKey {
  schoolId: string
  terminalId: string
}

/**
 * Whether the terminal has to wait because of codes that were nobody's.
 *
 * Refuses: TERMINAL_LOCKED, TERMINAL_PAUSED. Source: docs/codes.md, "Guessing".
 */
export function terminalPause(
  scan: Pick<Scan, 'locked_at' | 'paused_until'>,
  nowMs: number,
): Refusal | undefined {
  const lockedUntilMs = (scan.locked_at?.getTime() ?? 0) + TERMINAL_LOCK_SECONDS * 1000
  if (nowMs < lockedUntilMs) {
    return refuse('TERMINAL_LOCKED', { retryAfterSeconds: secondsUntil(lockedUntilMs, nowMs) })
  }
  const pausedUntilMs = scan.paused_until?.getTime() ?? 0
  if (nowMs < pausedUntilMs) {
    return refuse('TERMINAL_PAUSED', { retryAfterSeconds: secondsUntil(pausedUntilMs, nowMs) })
  }
  return undefined
}

const countAtTerminal = prepare<{ locked: boolean }>(
  `update terminals
      set bad_streak = case when bad_streak + 1 >= $3 then 0 else bad_streak + 1 end,
          paused_until = case when bad_streak + 1 >= $3 then now() + make_interval(secs => $4)
                              else paused_until end,
          bad_window_start = case when bad_window_start > now() - make_interval(secs => $5)
                                  then bad_window_start else now() end,
          bad_window_count = case when bad_window_start > now() - make_interval(secs => $5)
                                  then bad_window_count + 1 else 1 end,
          locked_at = case when bad_window_start > now() - make_interval(secs => $5)
                            and bad_window_count + 1 = $6 then now() else locked_at end
    where school_id = $1 and terminal_id = $2
   returning locked_at = now() as locked`,
)
const countAtDevice = prepare<{ bad_count: number }>(
  `update devices
      set bad_count = case when bad_epoch = $3 then bad_count + 1 else 1 end, bad_epoch = $3
    where school_id = $1 and device_id = $2
   returning bad_count`,
)
const countAtSchool = prepare<{ count: number }>(
  `insert into bad_code_days as d (school_id, day, count)
   values ($1, (now() at time zone 'Asia/Shanghai')::date, 1)
   on conflict (school_id, day) do update set count = d.count + 1
   returning count`,
)

/**
 * Counts a code of our form that is nobody's, in a transaction of its own: the counters stay though
 * the payment is refused.
 *
 * @param guess The device whose alias it carried, if there is one, and the alias's epoch.
 */
export async function countBadCode(
  services: Services,
  { schoolId, terminalId }: TerminalKey,
  guess: { deviceId?: string; epoch?: number },
): Promise<void> {
  await inTransaction(services.db.pool, async (tx) => {
    const [terminal] = await countAtTerminal(tx, [
      schoolId,
      terminalId,
      TERMINAL_BAD_IN_A_ROW_MAX,
      TERMINAL_PAUSE_SECONDS,
      TERMINAL_BAD_WINDOW_SECONDS,
      TERMINAL_BAD_IN_WINDOW_MAX,
    ])
    if (terminal?.locked) services.log.error({ schoolId, terminalId }, 'alarm: terminal locked')
    if (guess.deviceId) {
      const [device] = await countAtDevice(tx, [schoolId, guess.deviceId, guess.epoch])
      if (device?.bad_count === ALIAS_WRONG_MAX) {
        services.log.warn({ schoolId, deviceId: guess.deviceId }, 'codes of a device paused')
      }
    }
    const [school] = await countAtSchool(tx, [schoolId])
    if (school?.count === SCHOOL_BAD_PER_DAY_ALARM) {
      services.log.error({ schoolId }, 'alarm: many wrong codes at one school today')
    }
  })
}

const countStray = prepare(
  `update terminals
      set bad_streak = case when bad_streak + 1 >= $3 then 0 else bad_streak + 1 end,
          paused_until = case when bad_streak + 1 >= $3 then now() + make_interval(secs => $4)
                              else paused_until end
    where school_id = $1 and terminal_id = $2`,
)

/**
 * Counts another system's code of which that system says that it is nobody's: each costs a question there,
 * which all tills share. It pauses the terminal as wrong codes of ours do, and never locks it: what another
 * system answers must not shut tills.
 */
export async function countStrayCode(
  on: Queryable,
  { schoolId, terminalId }: TerminalKey,
): Promise<void> {
  const values = [schoolId, terminalId, TERMINAL_BAD_IN_A_ROW_MAX, TERMINAL_PAUSE_SECONDS]
  await countStray(on, values)
}

const forget = prepare(
  'update terminals set bad_streak = 0 where school_id = $1 and terminal_id = $2',
)

/** A genuine code ends a terminal's row of wrong ones. */
export async function forgetBadCodes(on: Queryable, key: TerminalKey): Promise<void> {
  await forget(on, [key.schoolId, key.terminalId])
}

function secondsUntil(untilMs: number, nowMs: number): number {
  return Math.ceil((untilMs - nowMs) / 1000)
}
