import type { RootKey } from '@campus-ecode/protocol/access-keys'
import type { Services } from '../http/operation.ts'
import { findAccessState } from './store.ts'

/** What the school's gates are set up with. It stays the same as long as the keyring does. */
export async function findRootKey(
  { db, keys }: Pick<Services, 'db' | 'keys'>,
  schoolId: string,
): Promise<RootKey> {
  const state = await findAccessState(db.pool, schoolId)
  if (!state) throw new Error('there is no such school')
  const { algorithm } = state
  const publicKey = Buffer.from(await keys.accessRootKey(schoolId, algorithm))
  return { algorithm, publicKey: publicKey.toString('base64url') }
}
