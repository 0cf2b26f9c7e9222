import { isCollectionNo } from '@campus-ecode/protocol/collection-number'
import type { CollectionRef } from '@campus-ecode/protocol/collections'
import { lockPayer } from '../cards/store.ts'
import { inTransaction } from '../db/database.ts'
import { type Refusal, refuse, type Services } from '../http/operation.ts'
import { limitStarts } from '../people/limit-starts.ts'
import {
  addLookup,
  type CollectionRow,
  findCollectionByNo,
  secondsOfWrongNumbers,
} from './store.ts'
import { verifyCollectionLink } from './verify-link.ts'

/** Of well-formed numbers that are nobody's, in a day: typing slips do not come so far (R25). */
const WRONG_NUMBERS_MAX = 10
const DAY_SECONDS = 86_400

const limitLookups = limitStarts({ table: 'collection_lookups', startedAt: 'at' })

/**
 * Finds the code that a person scanned or typed, withdrawn ones too. Every try is counted, and wrong
 * numbers apart from the rest, so that nobody learns who takes money by going through the numbers.
 *
 * Refuses: COLLECTION_UNKNOWN, RATE_LIMITED.
 */
export async function findCollection(
  services: Services,
  { schoolId, personId }: { schoolId: string; personId: string },
  ref: CollectionRef,
): Promise<CollectionRow | Refusal> {
  if ('number' in ref && !isCollectionNo(ref.number)) return refuse('COLLECTION_UNKNOWN')
  const row = await lookUp(services, schoolId, ref)
  return inTransaction(services.db.pool, async (tx) => {
    await lockPayer(tx, schoolId, personId)
    const tooMany = await limitLookups(tx, schoolId, personId)
    if (tooMany) return tooMany
    if ('number' in ref) {
      const seconds = await secondsOfWrongNumbers(tx, schoolId, personId, WRONG_NUMBERS_MAX)
      if (seconds !== undefined) {
        return refuse('RATE_LIMITED', { retryAfterSeconds: Math.ceil(DAY_SECONDS - seconds) })
      }
    }
    const wrong = 'number' in ref && !row
    await addLookup(tx, { schoolId, lookupId: services.newId(), personId, wrong })
    return row ?? refuse('COLLECTION_UNKNOWN')
  })
}

/**
 * Whether a reference leads to a till at which its person has begun something. Nothing is counted, and only
 * who knows the answer already may be told.
 */
export async function leadsTo(
  services: Services,
  schoolId: string,
  ref: CollectionRef,
  terminalId: string,
): Promise<boolean> {
  return (await lookUp(services, schoolId, ref))?.terminal_id === terminalId
}

async function lookUp(services: Services, schoolId: string, ref: CollectionRef) {
  const row =
    'link' in ref
      ? await verifyCollectionLink(services, ref.link)
      : await findCollectionByNo(services.db.pool, schoolId, ref.number)
  return row?.school_id === schoolId ? row : undefined
}
