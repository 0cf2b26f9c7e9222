import { CONTACT_SECONDS } from '@campus-ecode/protocol/code-rules'
import { refuseInactiveCard } from '../cards/card-status.ts'
import { findCard } from '../cards/store.ts'
import { inTransaction, type Tx } from '../db/database.ts'
import { isRefusal, type PersonContext, type PersonOutcome, refuse } from '../http/operation.ts'
import { createGrant, describeGrant } from './grants.ts'
import { findOfflineCaps } from './offline-caps.ts'
import {
  type DeviceRow,
  lockDevice,
  noteContact,
  offerGrant,
  promoteNextGrant,
  type StoredGrant,
} from './store.ts'

/**
 * Notes a sign of life of an enrolled phone and, when the last grant is ten minutes old or the phone
 * does not have it, hands out another.
 *
 * Refuses: DEVICE_UNKNOWN, DEVICE_REMOVED, CARD_LOCKED, CARD_CLOSED, CARD_NOT_CLAIMED.
 * Source: docs/codes.md, "Key and grant".
 */
export async function contactDevice(
  ctx: PersonContext<'contactDevice'>,
): PersonOutcome<'contactDevice'> {
  const { params, services, body } = ctx
  const { schoolId, personId, deviceId } = params
  const fresh = createGrant(services)
  const contact = await inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    const device = await lockDevice(tx, schoolId, deviceId, personId)
    if (!device) return refuse('DEVICE_UNKNOWN')
    if (device.status === 'removed') return refuse('DEVICE_REMOVED')
    const card = await findCard(tx, schoolId, personId)
    const inactive = card && refuseInactiveCard(card.card_status)
    if (inactive) return inactive
    await noteContact(tx, schoolId, deviceId)
    return { device, grant: await nextGrant(tx, schoolId, device, body.grantId, fresh) }
  })
  if (isRefusal(contact)) return contact
  const { device, grant } = contact
  return {
    status: 200,
    body: {
      serverTime: new Date(services.now()).toISOString(),
      grant:
        grant &&
        (await describeGrant(services, schoolId, device.device_index, grant, grant.issuedAt)),
      offlineCaps: await findOfflineCaps(services.db.pool, schoolId),
    },
  }
}

/** @param heldId The newest grant that the phone has stored. */
async function nextGrant(
  tx: Tx,
  schoolId: string,
  device: DeviceRow,
  heldId: string,
  fresh: StoredGrant,
): Promise<(StoredGrant & { issuedAt: Date }) | null> {
  const { device_id: deviceId, next_grant_id: grantId, next_grant_salt: salt } = device
  const now = await readClock(tx)
  const isDue = (at: Date | null) => !at || now.getTime() - at.getTime() >= CONTACT_SECONDS * 1000

  const holdsNext = heldId === grantId
  if (holdsNext) await promoteNextGrant(tx, schoolId, deviceId, heldId)
  const newestHeldAt = holdsNext ? device.next_grant_issued_at : device.grant_issued_at
  if ((holdsNext || heldId === device.grant_id) && !isDue(newestHeldAt)) return null

  // Offered before and not taken up: the answer was lost, so it is offered again while it is fresh.
  const offeredAt = device.next_grant_issued_at
  if (!holdsNext && grantId && salt && offeredAt && !isDue(offeredAt)) {
    return { grantId, salt, issuedAt: offeredAt }
  }
  await offerGrant(tx, schoolId, deviceId, fresh)
  return { ...fresh, issuedAt: now }
}

async function readClock(tx: Tx): Promise<Date> {
  const { rows } = await tx.query<{ now: Date }>('select now()')
  const [row] = rows
  if (!row) throw new Error('the database has no clock')
  return row.now
}
