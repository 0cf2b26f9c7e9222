import type { PriceRule } from '@campus-ecode/protocol/campus'
import type { PersonClass } from '@campus-ecode/protocol/shapes'

/** R4: permille of the list price, rounded half up to a fen, at least one fen. */
export function chargedFen(listFen: number, payer: PersonClass, rules: PriceRule[]): number {
  const rule = rules.find((one) => one.class === payer)
  if (!rule) return listFen
  const product = BigInt(listFen) * BigInt(rule.permille)
  const rounded = Number((product + 500n) / 1000n)
  return rounded > 0 ? rounded : 1
}
