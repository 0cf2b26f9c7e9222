import { v5 } from 'uuid'
import type { Services } from '../http/operation.ts'
import { topUpFromBank } from '../transfers/top-up.ts'
import { findTopUps } from './store.ts'

/** Namespace of ids that an import derives (RFC 9562 §5.5). */
const NAMESPACE = 'b3d6a5c0-6f1e-5a55-9d0a-1c3f0e1b7a10'
/** Attempts that may have been declined before, for example while the bank was away. */
const ATTEMPTS_MAX = 10

/**
 * Takes a person's first top-up from their bank card, once, however often the import is repeated or
 * broken off: its id follows from the person, so the bank sees the same reference again. Only after
 * the bank has declined is there another id.
 */
export async function firstTopUp(
  services: Services,
  topUp: { schoolId: string; personId: string; bankCardId: string; amountFen: number },
): Promise<'done' | 'declined' | 'open'> {
  const { schoolId, personId, bankCardId: cardId, amountFen } = topUp
  const ids = Array.from({ length: ATTEMPTS_MAX }, (_, attempt) =>
    v5(`${schoolId}/${personId}/first-top-up/${attempt}`, NAMESPACE),
  )
  const before = await findTopUps(services.db.pool, schoolId, ids)
  if ([...before.values()].includes('succeeded')) return 'done'
  const transferId = ids.find((id) => before.get(id) !== 'declined')
  if (!transferId) return 'declined'
  const status = await topUpFromBank(services, {
    schoolId,
    personId,
    transferId,
    cardId,
    amountFen,
  })
  if (status === 'SUCCEEDED') return 'done'
  return status === 'DECLINED' ? 'declined' : 'open'
}
