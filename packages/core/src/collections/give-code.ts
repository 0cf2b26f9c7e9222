import { collectionCheckDigit } from '@campus-ecode/protocol/collection-number'
import type { Tx } from '../db/database.ts'
import { drawDigits } from '../issued-codes/draw-digits.ts'
import {
  type CollectionRow,
  findLivingCollection,
  insertCollection,
  withdrawCollection,
} from './store.ts'

/**
 * The code that a till has, or a first one. To be called in a transaction that is tried again after a
 * conflict: the number may be taken, or another process may have been faster.
 */
export async function giveCollectionCode(
  tx: Tx,
  till: { schoolId: string; merchantId: string; terminalId: string },
): Promise<CollectionRow> {
  const { schoolId, terminalId } = till
  const living = await findLivingCollection(tx, schoolId, terminalId)
  if (living && !living.withdrawn) return living
  // The till belongs to another merchant now.
  if (living) await withdrawCollection(tx, schoolId, terminalId)
  const digits = drawDigits(9)
  const collectionNo = digits + collectionCheckDigit(digits)
  await insertCollection(tx, { ...till, collectionNo })
  const made = await findLivingCollection(tx, schoolId, terminalId)
  if (!made) throw new Error('the collection code was not written')
  return made
}
