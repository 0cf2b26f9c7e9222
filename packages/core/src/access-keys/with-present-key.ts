import { inTransaction, type Tx } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import { currentKeySet } from './current-key-set.ts'
import { holdPresentKey, type IssuerKeyRow } from './store.ts'

const ATTEMPTS_MAX = 5

/**
 * Runs one database transaction with the issuer key that signs now. A key that is ended meanwhile waits for
 * the transaction, so what is signed with it in here was signed before its end.
 *
 * @param work May run several times, as with `inTransaction`; it asks for the key when it needs it.
 */
export async function withPresentKey<T>(
  services: Services,
  schoolId: string,
  work: (tx: Tx, holdKey: () => Promise<IssuerKeyRow>) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await inTransaction(services.db.pool, (tx) =>
        work(tx, async () => {
          const key = await holdPresentKey(tx, schoolId, new Date(services.now()))
          if (!key) throw new NoPresentKey()
          return key
        }),
      )
    } catch (error) {
      if (!(error instanceof NoPresentKey) || attempt === ATTEMPTS_MAX) throw error
      await currentKeySet(services, schoolId)
    }
  }
}

class NoPresentKey extends Error {
  override name = 'NoPresentKey'
}
