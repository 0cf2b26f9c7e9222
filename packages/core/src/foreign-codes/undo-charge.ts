import type { StartedMovement } from '../movements/store.ts'
import type { DebitPort } from '../ports/debit-port.ts'
import type { ForeignCodePort } from '../ports/foreign-code-port.ts'

/** WeChat wants no reversal before, since the charge may still be under way; nobody else is hurried either. */
const REVERSE_AFTER_SECONDS = 15
/** A code lives a minute; after this a charge that they do not know will never come. */
const CODE_DEAD_SECONDS = 90

/** What undoing needs of a charge, as of any debit, with what is particular to codes settled here. */
export function debitsOf(
  port: ForeignCodePort,
  movement: StartedMovement,
): Pick<DebitPort, 'reverse' | 'refund'> {
  const { age_seconds: ageSeconds, outcome } = movement
  return {
    refund: port.refund,
    async reverse(reference) {
      const at = new Date().toISOString()
      const debit = { reference, amountFen: null, declineReason: null, at }
      const isEarly = outcome !== 'succeeded' && ageSeconds < REVERSE_AFTER_SECONDS
      if (isEarly) return { ok: true, value: { ...debit, status: 'PROCESSING' } }
      const answer = await port.reverse(reference)
      if (answer.ok || answer.reason !== 'REFUSED' || answer.error !== 'NOT_FOUND') return answer
      // It may be on its way as long as its code lives.
      const status = ageSeconds < CODE_DEAD_SECONDS ? 'PROCESSING' : 'REVERSED'
      return { ok: true, value: { ...debit, status } }
    },
  }
}
