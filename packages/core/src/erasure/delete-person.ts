import { inTransaction } from '../db/database.ts'
import type { Refusal, Services } from '../http/operation.ts'
import { personDetailsSchema } from '../people/open-person.ts'
import { erasePerson, sealedAwayContext } from './erase-person.ts'
import { findSealedAway } from './store.ts'

type Owner = { schoolId: string; personId: string }

/**
 * Deletes a person at the card office, who has shown who they are: for whoever has no payment password (R42).
 *
 * @returns NOT_FOUND, BALANCE_NOT_ZERO or TRANSFER_PENDING; nothing for who is deleted, or was before.
 */
export async function deletePerson(services: Services, owner: Owner): Promise<Refusal | undefined> {
  const refused = await inTransaction(services.db.pool, (tx) =>
    erasePerson(tx, services, owner, async () => undefined),
  )
  services.wakeEvents()
  return refused
}

/** Who somebody was that has been deleted, for who may ask by law; undefined when that is over or never was. */
export async function unsealErased({ db, keys }: Pick<Services, 'db' | 'keys'>, owner: Owner) {
  const sealed = await findSealedAway(db.pool, owner)
  if (!sealed) return undefined
  return personDetailsSchema.parse(JSON.parse(await keys.open(sealedAwayContext(owner), sealed)))
}
