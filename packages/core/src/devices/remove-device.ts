import { lockPayer } from '../cards/store.ts'
import { inTransaction, type Tx } from '../db/database.ts'
import { insertEvent } from '../events/insert-event.ts'
import {
  type PersonContext,
  type PersonOutcome,
  type Refusal,
  refuse,
  type Services,
} from '../http/operation.ts'
import { revokeCredentials } from '../revocations/revoke-credentials.ts'
import { lockDevice, lockSlot, markRemoved } from './store.ts'

/**
 * Ends a phone's codes, for example at sign-out: payment codes, and access codes of a phone that the person
 * calls the same. Its index stays the person's. Repeating is harmless.
 *
 * Refuses: DEVICE_UNKNOWN.
 */
export async function removeDevice(
  ctx: PersonContext<'removeDevice'>,
): PersonOutcome<'removeDevice'> {
  const { params, services } = ctx
  const { schoolId, personId, deviceId } = params
  const refused = await inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    return removeDeviceOf(tx, services, { schoolId, personId, deviceId })
  })
  if (refused) return refused
  services.wakeEvents()
  return { status: 200, body: {} }
}

/** The same in a transaction of the caller's, who wakes the readers of events. */
export async function removeDeviceOf(
  tx: Tx,
  services: Pick<Services, 'newId'>,
  { schoolId, personId, deviceId }: { schoolId: string; personId: string; deviceId: string },
): Promise<Refusal | undefined> {
  await lockPayer(tx, schoolId, personId)
  await lockSlot(tx, schoolId, personId)
  if (!(await lockDevice(tx, schoolId, deviceId, personId))) return refuse('DEVICE_UNKNOWN')
  // Its index stays with it until another phone gets it, so that a till is told what is wrong with its codes.
  await retireDevice(tx, services, schoolId, personId, deviceId)
  return undefined
}

/**
 * Marks a device as removed and tells the person, once. Access credentials carry the phone's name and not its
 * id, so those of another page of that name end as well, and it gets another. The payer's lock has to be held.
 */
export async function retireDevice(
  tx: Tx,
  { newId }: Pick<Services, 'newId'>,
  schoolId: string,
  personId: string,
  deviceId: string,
): Promise<void> {
  const label = await markRemoved(tx, schoolId, deviceId)
  if (label === undefined) return
  await revokeCredentials(tx, { schoolId, personId, reason: 'device_removed', label })
  await insertEvent(tx, {
    schoolId,
    personId,
    eventId: newId(),
    kind: 'device',
    deviceId,
    change: 'removed',
    label,
  })
}
