import type { PriceRule } from '@campus-ecode/protocol/campus'
import type { AppliedRule } from '@campus-ecode/protocol/payments'
import type { PersonClass } from '@campus-ecode/protocol/shapes'
import { READING_ML_MAX } from '@campus-ecode/protocol/water'
import { priceFor } from '../payments/price.ts'

/** R26: no shower is begun with less. */
export const HOLD_FEN_MIN = 1_500
/** Nothing heard of the controller for so long, and the session ends for what was heard before. */
export const LEASE_SECONDS = 180
/** No drop for so long, and the session ends too, however alive its controller is: whoever stood there has left. */
export const REST_SECONDS = 600
/** What a meter may be ahead of the greatest flow: water in the pipe, clocks, rounding. */
const ALLOWANCE_ML = 2_000

/** What a session was begun under; later changes of tariff or rule do not reach it. */
export interface Terms {
  fenPer10Litres: number
  holdFen: number
  class: PersonClass
  /** Of the merchant for this class, if there is one (R4). */
  rule: PriceRule | null
}

/**
 * What so much water costs: rounded down to a fen before the rule, and never more than the hold.
 *
 * @returns Nothing to pay for less than a fen's worth, whatever the rule.
 */
export function costOf(
  { fenPer10Litres, holdFen, class: personClass, rule }: Terms,
  ml: number,
): { listFen: number; amountFen: number; rule: AppliedRule | null } {
  // Integers throughout: 10^7 ml times 10^4 fen is far below 2^53.
  const listFen = Math.floor((ml * fenPer10Litres) / 10_000)
  if (listFen === 0) return { listFen, amountFen: 0, rule: null }
  const price = priceFor(listFen, personClass, rule ? [rule] : [])
  if (price.amountFen <= holdFen) return { listFen, ...price }
  return {
    listFen,
    amountFen: holdFen,
    rule: price.rule && { ...price.rule, changeFen: holdFen - listFen },
  }
}

/** The reading at which the hold is used up, and the controller shuts. */
export function mlMaxOf({ fenPer10Litres, holdFen, rule }: Terms): number {
  const permille = rule?.permille ?? 1000
  // The highest list price whose amount, rounded as prices are, is within the hold.
  const listFen = permille === 0 ? Infinity : Math.floor((holdFen * 1000 + 499) / permille)
  const ml = Math.ceil((listFen * 10_000) / fenPer10Litres)
  return Math.max(1, Math.min(ml, READING_ML_MAX))
}

export interface Metered {
  total_ml: number
  max_ml: number
  litres_per_minute_max: number
  running_seconds: number
}

/**
 * How much of a reading is believed: never less than was believed before, never more than the pipe can
 * have given since the start, never beyond the hold.
 *
 * @returns `impossible` when the meter says what cannot be. A little beyond the hold can: no valve shuts at once.
 */
export function believe(
  session: Metered,
  totalMl: number,
): { totalMl: number; impossible: boolean } {
  const flowMl = (session.litres_per_minute_max * 1000 * session.running_seconds) / 60
  const ceilingMl = Math.floor(flowMl) + ALLOWANCE_ML
  const believable = Math.min(totalMl, ceilingMl, session.max_ml)
  return {
    totalMl: Math.max(session.total_ml, believable),
    impossible: totalMl > ceilingMl || totalMl < session.total_ml,
  }
}
