import { randomInt, timingSafeEqual } from 'node:crypto'
import { DEVICE_INDEX_MAX } from '@campus-ecode/protocol/alias'
import type { EnrolledDevice } from '@campus-ecode/protocol/devices'
import { spendApproval } from '../approvals/spend-approval.ts'
import { refuseInactiveCard } from '../cards/card-status.ts'
import { lockPayer } from '../cards/store.ts'
import { inTransaction, type Tx } from '../db/database.ts'
import { insertEvent } from '../events/insert-event.ts'
import {
  isRefusal,
  type PersonContext,
  type PersonOutcome,
  type Refusal,
  refuse,
  type Services,
} from '../http/operation.ts'
import { type EnrolmentRow, lockEnrolment, markConfirmed, spendTry } from './enrolment-store.ts'
import { createGrant, describeGrant } from './grants.ts'
import { findOfflineCaps } from './offline-caps.ts'
import { retireDevice } from './remove-device.ts'
import { hashSmsCode } from './start-enrolment.ts'
import {
  assignSlot,
  type DeviceRow,
  findDevice,
  insertDevice,
  lockSlot,
  type SlotRow,
  takeSlot,
} from './store.ts'

/**
 * Finishes enrolling a phone with the code from the text message, or approved by the payment
 * password. The person's earlier device ends with its access credentials, its index goes on. Repeating it, because the answer was
 * lost, gives the same device again.
 *
 * Refuses: ENROLMENT_UNKNOWN, SMS_CODE_EXPIRED, SMS_TRIES_EXHAUSTED, SMS_CODE_WRONG,
 * CARD_NOT_CLAIMED, CARD_LOCKED, CARD_CLOSED, APPROVAL_INVALID.
 */
export async function confirmEnrolment(
  ctx: PersonContext<'confirmEnrolment'>,
): PersonOutcome<'confirmEnrolment'> {
  const { params, services, body } = ctx
  const { schoolId, personId, enrolmentId } = params
  const proof: Proof =
    'smsCode' in body
      ? { codeHash: await hashSmsCode(services, schoolId, enrolmentId, body.smsCode) }
      : { approvalId: body.approvalId }
  const deviceId = services.newId()
  const confirmed = await inTransaction(services.db.pool, async (tx) => {
    await ctx.claimNonce(tx)
    const payer = await lockPayer(tx, schoolId, personId)
    const enrolment = await lockEnrolment(tx, schoolId, enrolmentId, personId)
    if (!payer || !enrolment) return refuse('ENROLMENT_UNKNOWN')
    if (enrolment.confirmed_device_id) {
      if (isSameProof(proof, enrolment)) return enrolment.confirmed_device_id
      return refuse('codeHash' in proof ? 'SMS_CODE_WRONG' : 'APPROVAL_INVALID')
    }
    const unproven = 'codeHash' in proof && (await checkCode(tx, params, proof.codeHash, enrolment))
    if (unproven) return unproven
    const inactive = refuseInactiveCard(payer.card_status)
    if (inactive) return inactive
    if ('approvalId' in proof) {
      if (enrolment.expired) return refuse('ENROLMENT_UNKNOWN')
      const { approvalId } = proof
      const action = { kind: 'enrol_device', enrolmentId } as const
      const invalid = await spendApproval(tx, { schoolId, personId, approvalId, action })
      if (invalid) return invalid
    }
    await enrol(tx, services, { schoolId, personId, deviceId }, enrolment)
    const approvalId = 'approvalId' in proof ? proof.approvalId : null
    await markConfirmed(tx, schoolId, enrolmentId, deviceId, approvalId)
    return deviceId
  })
  if (isRefusal(confirmed)) return confirmed
  services.wakeEvents()
  const device = await findDevice(services.db.pool, schoolId, confirmed)
  // A late repeat, after yet another phone was enrolled.
  if (device?.status !== 'active') return refuse('ENROLMENT_UNKNOWN')
  return { status: 201, body: await describeDevice(services, schoolId, device) }
}

/** What the person shows for it: the code of the SMS, or the password's approval. */
type Proof = { codeHash: Uint8Array } | { approvalId: string }

function isSameProof(proof: Proof, { code_hash, approval_id }: EnrolmentRow): boolean {
  if ('approvalId' in proof) return proof.approvalId === approval_id
  return code_hash !== null && timingSafeEqual(code_hash, proof.codeHash)
}

async function checkCode(
  tx: Tx,
  { schoolId, enrolmentId }: { schoolId: string; enrolmentId: string },
  codeHash: Uint8Array,
  enrolment: EnrolmentRow,
): Promise<Refusal | undefined> {
  if (enrolment.expired) return refuse('SMS_CODE_EXPIRED')
  if (enrolment.tries_left <= 0) return refuse('SMS_TRIES_EXHAUSTED')
  if (isSameProof({ codeHash }, enrolment)) return undefined
  await spendTry(tx, schoolId, enrolmentId)
  return refuse(enrolment.tries_left === 1 ? 'SMS_TRIES_EXHAUSTED' : 'SMS_CODE_WRONG')
}

async function enrol(
  tx: Tx,
  services: Services,
  { schoolId, personId, deviceId }: { schoolId: string; personId: string; deviceId: string },
  { public_key: publicKey, label }: EnrolmentRow,
): Promise<void> {
  const slot =
    (await lockSlot(tx, schoolId, personId)) ?? (await takeFreeSlot(tx, schoolId, personId))
  const deviceIndex = slot.device_index
  if (slot.device_id) await retireDevice(tx, services, schoolId, personId, slot.device_id)
  const grant = createGrant(services)
  await insertDevice(tx, { schoolId, deviceId, personId, deviceIndex, label, publicKey, grant })
  await assignSlot(tx, schoolId, deviceIndex, deviceId)
  await insertEvent(tx, {
    schoolId,
    personId,
    eventId: services.newId(),
    kind: 'device',
    deviceId,
    change: 'enrolled',
    label,
  })
}

/** Random, so that an index says nothing about when or who; a school has room for ten million. */
async function takeFreeSlot(tx: Tx, schoolId: string, personId: string): Promise<SlotRow> {
  for (;;) {
    const slot = await takeSlot(tx, schoolId, personId, randomInt(DEVICE_INDEX_MAX + 1))
    if (slot) return slot
  }
}

async function describeDevice(
  services: Services,
  schoolId: string,
  device: DeviceRow,
): Promise<EnrolledDevice> {
  const { db, keys, now } = services
  const { device_index: index, grant_id: grantId, grant_salt: salt, grant_issued_at: at } = device
  return {
    deviceId: device.device_id,
    schoolId,
    corePublicKey: Buffer.from(await keys.corePublicKey(schoolId)).toString('base64url'),
    grant: await describeGrant(services, schoolId, index, { grantId, salt }, at),
    offlineCaps: await findOfflineCaps(db.pool, schoolId),
    serverTime: new Date(now()).toISOString(),
  }
}
