import { inTransaction } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import { BELIEVED_AFTER_MS, currentKeySet, renewKeySet } from './current-key-set.ts'
import {
  endIssuerKey,
  findAccessState,
  findBelievedKeys,
  holdPresentKey,
  lockAccessState,
  setCredentialsNotBefore,
  takeKeyAlone,
} from './store.ts'

/** A key set holds no more. */
const KEYS_MAX = 16

export interface Rotation {
  endedKeyId: number
  presentKeyId: number
  keysSeq: number
}

/**
 * Lets the next issuer key sign from now on. Gates know it already, so nobody is refused; what the key before
 * has signed is believed until its end.
 *
 * @param withdraw Takes the key before away, and all before it: nothing that they signed is believed by a gate once
 * it has the new key set, and every credential that began before is revoked. For a key that somebody else may have.
 * @returns `unknown_school`, or `too_often` where the key set is full of keys that are still believed.
 */
export async function rotateIssuerKey(
  services: Services,
  schoolId: string,
  { withdraw }: { withdraw: boolean },
): Promise<Rotation | 'unknown_school' | 'too_often'> {
  const { pool } = services.db
  if (!(await findAccessState(pool, schoolId))) return 'unknown_school'
  await currentKeySet(services, schoolId)
  const rotation = await inTransaction(pool, async (tx) => {
    await lockAccessState(tx, schoolId)
    await takeKeyAlone(tx, schoolId)
    // Later than all that was signed with the key before.
    const at = new Date(services.now())
    const present = await holdPresentKey(tx, schoolId, at)
    if (!present) throw new Error('there is no key to end')
    const believed = await findBelievedKeys(tx, schoolId, at)
    if (!withdraw && believed.length >= KEYS_MAX) return 'too_often'
    const { key_id: endedKeyId } = present
    const notAfter = new Date(at.getTime() + BELIEVED_AFTER_MS)
    // What earlier keys have signed is revoked as well: they are of use to nobody but whoever may have them.
    const ended = withdraw
      ? believed.filter(({ sign_until }) => sign_until <= present.sign_until)
      : [present]
    for (const { key_id } of ended) {
      await endIssuerKey(tx, schoolId, key_id, { at, notAfter, withdrawn: withdraw })
    }
    if (withdraw) await setCredentialsNotBefore(tx, schoolId, at)
    const { seq: keysSeq } = await renewKeySet(services, tx, schoolId)
    const next = await holdPresentKey(tx, schoolId, new Date(services.now()))
    if (!next) throw new Error('there is no key to go on with')
    return { endedKeyId, presentKeyId: next.key_id, keysSeq }
  })
  services.wakeEvents()
  return rotation
}
