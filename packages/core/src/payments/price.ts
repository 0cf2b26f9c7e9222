import type { PriceRule } from '@campus-ecode/protocol/campus'
import type { AppliedRule } from '@campus-ecode/protocol/payments'
import type { PersonClass } from '@campus-ecode/protocol/shapes'

/**
 * What a person of this class pays (R4): list price times permille, rounded half up to a fen, and
 * never less than one fen.
 *
 * @param rules The merchant's; at most one per class is meant, the first counts.
 */
export function priceFor(
  listFen: number,
  personClass: PersonClass,
  rules: PriceRule[],
): { amountFen: number; rule: AppliedRule | null } {
  const rule = rules.find((candidate) => candidate.class === personClass)
  if (!rule) return { amountFen: listFen, rule: null }
  // Integers throughout: 10^7 fen times 3000 is far below 2^53.
  const amountFen = Math.max(1, Math.floor((listFen * rule.permille + 500) / 1000))
  return { amountFen, rule: { name: rule.name, changeFen: amountFen - listFen } }
}
