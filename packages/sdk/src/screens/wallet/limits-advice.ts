import type { StringKey } from '../../strings/zh-cn.ts'

/** A meal out; less than this refuses an ordinary payment. */
const SINGLE_LOW_FEN = 3_000
const SINGLE_HIGH_FEN = 100_000
/** Three meals and something for the day. */
const DAILY_LOW_FEN = 6_000
const DAILY_HIGH_FEN = 200_000
/** R15: what sensible people choose from; the slider stops at these. */
const STOPS_FEN = [
  1_000, 2_000, 3_000, 5_000, 8_000, 10_000, 15_000, 20_000, 30_000, 50_000, 80_000, 100_000,
  150_000, 200_000, 300_000, 500_000, 1_000_000,
]

/** R15: why these limits cannot be, or what is to be thought of before they are. */
export type Advice =
  | { kind: 'wrong'; field: 'single' | 'daily'; text: StringKey }
  | { kind: 'mind'; field: 'single' | 'daily'; text: StringKey }
  | { kind: 'fine' }

/** @param singleFen Undefined where what was typed is no amount. */
export function adviseLimits(
  singleFen: number | undefined,
  dailyFen: number | undefined,
  ceilingFen: number,
): Advice {
  if (!singleFen) return { kind: 'wrong', field: 'single', text: 'limitInvalid' }
  if (!dailyFen) return { kind: 'wrong', field: 'daily', text: 'limitInvalid' }
  if (dailyFen > ceilingFen) return { kind: 'wrong', field: 'daily', text: 'limitAboveCeiling' }
  if (singleFen > ceilingFen) return { kind: 'wrong', field: 'single', text: 'limitAboveCeiling' }
  if (singleFen > dailyFen) return { kind: 'wrong', field: 'single', text: 'limitAboveDaily' }
  if (singleFen < SINGLE_LOW_FEN) return { kind: 'mind', field: 'single', text: 'adviceSingleLow' }
  if (dailyFen < DAILY_LOW_FEN) return { kind: 'mind', field: 'daily', text: 'adviceDailyLow' }
  if (singleFen > SINGLE_HIGH_FEN) {
    return { kind: 'mind', field: 'single', text: 'adviceSingleHigh' }
  }
  if (dailyFen > DAILY_HIGH_FEN) return { kind: 'mind', field: 'daily', text: 'adviceDailyHigh' }
  return { kind: 'fine' }
}

/** Where the slider may stop, up to the ceiling, which is always one of them. */
export function limitStops(ceilingFen: number): number[] {
  return [...STOPS_FEN.filter((fen) => fen < ceilingFen), ceilingFen]
}

/** The stop nearest to an amount. */
export function nearestStop(stops: readonly number[], amountFen: number): number {
  let nearest = 0
  stops.forEach((fen, at) => {
    const best = stops[nearest] ?? 0
    if (Math.abs(fen - amountFen) < Math.abs(best - amountFen)) nearest = at
  })
  return nearest
}
