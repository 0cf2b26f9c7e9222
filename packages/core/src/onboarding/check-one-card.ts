import type { Services } from '../http/operation.ts'

/** Nobody has it: a system that answers as documented says so. */
const NOBODY = 'ecode-check'

/**
 * Asks the one-card system for a balance, which changes nothing. That it says there is no such account is an answer
 * as good as any; one that does not verify under the key, or none, is not.
 */
export async function checkOneCard(
  { ports }: Pick<Services, 'ports'>,
  account = NOBODY,
): Promise<{ reachable: boolean; result: 'OK' | 'NOT_SENT' | 'UNKNOWN' | 'REFUSED' }> {
  const answer = await ports.oneCard.balance(account)
  if (answer.ok) return { reachable: true, result: 'OK' }
  if (answer.reason !== 'REFUSED') return { reachable: false, result: answer.reason }
  const isKnown = answer.error === 'ACCOUNT_UNKNOWN'
  return { reachable: isKnown, result: isKnown ? 'OK' : 'REFUSED' }
}
