import type { AccessAlgorithm } from '@campus-ecode/protocol/access-code'
import type { Tx } from '../db/database.ts'
import { findAccessState, lockAccessState, setAlgorithm } from './store.ts'

/**
 * Says with which algorithm a school's access keys sign. It stays so once there are keys, because gates are set
 * up with one root key: throws where it is another already.
 */
export async function chooseAlgorithm(
  tx: Tx,
  schoolId: string,
  algorithm: AccessAlgorithm,
): Promise<void> {
  await lockAccessState(tx, schoolId)
  await setAlgorithm(tx, schoolId, algorithm)
  const state = await findAccessState(tx, schoolId)
  if (state?.algorithm !== algorithm) {
    throw new Error(`school ${schoolId} has access keys already, of ${state?.algorithm}`)
  }
}
