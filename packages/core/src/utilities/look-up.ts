import type { UtilityAccount } from '@campus-ecode/protocol/utilities'
import { lockPayer } from '../cards/store.ts'
import { inTransaction, type Tx } from '../db/database.ts'
import { type Refusal, refuse, type Services } from '../http/operation.ts'
import { limitStarts } from '../people/limit-starts.ts'
import { noteLookUp, type UtilityRow } from './store.ts'

const limitLookUps = limitStarts({ table: 'utility_look_ups', startedAt: 'at' })

/**
 * Asks the utility for a room or account. Thirty times in ten minutes, so that nobody leafs through a
 * house by its numbers.
 *
 * @param claim Of the call's nonce, where nothing else claims it.
 * Refuses: RATE_LIMITED, UTILITY_ACCOUNT_UNKNOWN, UTILITY_NOT_REACHABLE.
 */
export async function lookUp(
  services: Services,
  { schoolId, personId }: { schoolId: string; personId: string },
  { kind: utility, campus }: UtilityRow,
  accountNo: string,
  claim: (tx: Tx) => Promise<void> = async () => {},
): Promise<UtilityAccount | Refusal> {
  const { utility: port } = services.ports
  if (!port) return refuse('UTILITY_NOT_REACHABLE')
  const tooMany = await inTransaction(services.db.pool, async (tx) => {
    await claim(tx)
    if (!(await lockPayer(tx, schoolId, personId))) return refuse('NOT_FOUND')
    const refused = await limitLookUps(tx, schoolId, personId)
    if (!refused) await noteLookUp(tx, schoolId, personId)
    return refused
  })
  if (tooMany) return tooMany
  const answer = await port.findAccount({ schoolId, utility, campus, accountNo })
  if (answer.ok) return answer.value
  const unknown = answer.reason === 'REFUSED' && answer.error === 'ACCOUNT_UNKNOWN'
  return refuse(unknown ? 'UTILITY_ACCOUNT_UNKNOWN' : 'UTILITY_NOT_REACHABLE')
}
