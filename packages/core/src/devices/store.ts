import { PREVIOUS_GRANT_SECONDS } from '@campus-ecode/protocol/code-rules'
import { prepare, type Queryable, type Tx } from '../db/database.ts'

export interface DeviceRow {
  device_id: string
  person_id: string
  device_index: number
  status: 'active' | 'removed'
  label: string
  grant_id: string
  grant_salt: Buffer
  grant_issued_at: Date
  next_grant_id: string | null
  next_grant_salt: Buffer | null
  next_grant_issued_at: Date | null
}

/** A grant as it is stored; its aliases are computed when it is handed out. */
export interface StoredGrant {
  grantId: string
  salt: Uint8Array
}

const COLUMNS = `device_id, person_id, device_index, status, label, grant_id, grant_salt, grant_issued_at,
  next_grant_id, next_grant_salt, next_grant_issued_at`

const select = prepare<DeviceRow>(
  `select ${COLUMNS} from devices where school_id = $1 and device_id = $2`,
)
const selectForUpdate = prepare<DeviceRow>(
  `select ${COLUMNS} from devices where school_id = $1 and device_id = $2 and person_id = $3 for update`,
)

export async function findDevice(
  on: Queryable,
  schoolId: string,
  deviceId: string,
): Promise<DeviceRow | undefined> {
  return (await select(on, [schoolId, deviceId]))[0]
}

/** Locks a device of a person. Lock order everywhere: payer, slot, device. */
export async function lockDevice(
  tx: Tx,
  schoolId: string,
  deviceId: string,
  personId: string,
): Promise<DeviceRow | undefined> {
  return (await selectForUpdate(tx, [schoolId, deviceId, personId]))[0]
}

const selectActive = prepare<{
  device_id: string
  label: string
  enrolled_at: Date
  last_contact_at: Date
}>(
  `select device_id, label, enrolled_at, last_contact_at from devices
    where school_id = $1 and person_id = $2 and status = 'active'
    order by enrolled_at desc, device_id desc`,
)

export async function findActiveDevices(on: Queryable, schoolId: string, personId: string) {
  return selectActive(on, [schoolId, personId])
}

const promote = prepare(
  `update devices
      set previous_grant_salt = grant_salt,
          previous_grant_ends_at = now() + interval '${PREVIOUS_GRANT_SECONDS} seconds',
          grant_id = next_grant_id, grant_salt = next_grant_salt,
          grant_issued_at = next_grant_issued_at,
          next_grant_id = null, next_grant_salt = null, next_grant_issued_at = null
    where school_id = $1 and device_id = $2 and next_grant_id = $3`,
)

/**
 * The phone holds its next grant: it said so, or showed a code of it. The grant before ends 60 s
 * later. Does nothing when that is no longer the next one.
 */
export async function promoteNextGrant(
  on: Queryable,
  schoolId: string,
  deviceId: string,
  nextGrantId: string,
): Promise<void> {
  await promote(on, [schoolId, deviceId, nextGrantId])
}

const insertNext = prepare(
  `update devices
      set next_grant_id = $3, next_grant_salt = $4, next_grant_issued_at = now()
    where school_id = $1 and device_id = $2`,
)

/** Puts a grant on offer; an earlier one that was never taken up is forgotten. */
export async function offerGrant(
  tx: Tx,
  schoolId: string,
  deviceId: string,
  { grantId, salt }: StoredGrant,
): Promise<void> {
  await insertNext(tx, [schoolId, deviceId, grantId, salt])
}

const touch = prepare(
  `update devices set last_contact_at = now(), bad_epoch = 0, bad_count = 0
    where school_id = $1 and device_id = $2`,
)

/** A sign of life, which also lets codes work again that wrong ones had paused. */
export async function noteContact(tx: Tx, schoolId: string, deviceId: string): Promise<void> {
  await touch(tx, [schoolId, deviceId])
}

const insert = prepare(
  `insert into devices (school_id, device_id, person_id, device_index, status, label, public_key,
                        grant_id, grant_salt, grant_issued_at, last_contact_at)
   values ($1, $2, $3, $4, 'active', $5, $6, $7, $8, now(), now())`,
)

export async function insertDevice(
  tx: Tx,
  device: {
    schoolId: string
    deviceId: string
    personId: string
    deviceIndex: number
    label: string
    publicKey: Uint8Array
    grant: StoredGrant
  },
): Promise<void> {
  const { schoolId, deviceId, personId, deviceIndex, label, publicKey, grant } = device
  const { grantId, salt } = grant
  const values = [schoolId, deviceId, personId, deviceIndex, label, publicKey, grantId, salt]
  await insert(tx, values)
}

const remove = prepare<{ label: string }>(
  `update devices
      set status = 'removed', next_grant_id = null, next_grant_salt = null, next_grant_issued_at = null
    where school_id = $1 and device_id = $2 and status = 'active'
   returning label`,
)

/** @returns The device's label, or undefined when it was removed before. */
export async function markRemoved(
  tx: Tx,
  schoolId: string,
  deviceId: string,
): Promise<string | undefined> {
  return (await remove(tx, [schoolId, deviceId]))[0]?.label
}

export interface SlotRow {
  device_index: number
  device_id: string | null
}

const selectSlot = prepare<SlotRow>(
  `select device_index, device_id from device_slots
    where school_id = $1 and person_id = $2 for update`,
)

/** The person's place among the indices, if there is one. */
export async function lockSlot(
  tx: Tx,
  schoolId: string,
  personId: string,
): Promise<SlotRow | undefined> {
  return (await selectSlot(tx, [schoolId, personId]))[0]
}

const insertSlot = prepare<SlotRow>(
  `insert into device_slots (school_id, device_index, person_id) values ($1, $2, $3)
       on conflict do nothing
   returning device_index, device_id`,
)

/** @returns undefined when the index is taken. */
export async function takeSlot(
  tx: Tx,
  schoolId: string,
  personId: string,
  deviceIndex: number,
): Promise<SlotRow | undefined> {
  return (await insertSlot(tx, [schoolId, deviceIndex, personId]))[0]
}

const updateSlot = prepare(
  `update device_slots set device_id = $3 where school_id = $1 and device_index = $2`,
)

export async function assignSlot(
  tx: Tx,
  schoolId: string,
  deviceIndex: number,
  deviceId: string | null,
): Promise<void> {
  await updateSlot(tx, [schoolId, deviceIndex, deviceId])
}
