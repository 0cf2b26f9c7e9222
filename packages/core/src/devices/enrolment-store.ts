import { prepare, type Tx } from '../db/database.ts'
import { limitMessages } from '../people/limit-messages.ts'
import { limitStarts } from '../people/limit-starts.ts'

const LIFETIME_MINUTES = 10

export interface EnrolmentRow {
  public_key: Buffer
  label: string
  /** null: no SMS was sent, the payment password approves. */
  code_hash: Buffer | null
  tries_left: number
  expired: boolean
  confirmed_device_id: string | null
  /** The approval that confirmed it, if one did. */
  approval_id: string | null
}

const selectForUpdate = prepare<EnrolmentRow>(
  `select public_key, label, code_hash, tries_left, expires_at <= now() as expired,
          confirmed_device_id, approval_id
     from enrolments where school_id = $1 and enrolment_id = $2 and person_id = $3 for update`,
)

export async function lockEnrolment(
  tx: Tx,
  schoolId: string,
  enrolmentId: string,
  personId: string,
): Promise<EnrolmentRow | undefined> {
  return (await selectForUpdate(tx, [schoolId, enrolmentId, personId]))[0]
}

const insert = prepare<{ expires_at: Date }>(
  `insert into enrolments (school_id, enrolment_id, person_id, public_key, label, code_hash, expires_at)
   values ($1, $2, $3, $4, $5, $6, now() + interval '${LIFETIME_MINUTES} minutes')
   returning expires_at`,
)

export async function insertEnrolment(
  tx: Tx,
  enrolment: {
    schoolId: string
    enrolmentId: string
    personId: string
    publicKey: Uint8Array
    label: string
    codeHash: Uint8Array | null
  },
): Promise<Date> {
  const { schoolId, enrolmentId, personId, publicKey, label, codeHash } = enrolment
  const [row] = await insert(tx, [schoolId, enrolmentId, personId, publicKey, label, codeHash])
  if (!row) throw new Error('the enrolment was not stored')
  return row.expires_at
}

export const limitEnrolmentMessages = limitMessages({
  table: 'enrolments',
  sentAt: 'sent_at',
  where: 'code_hash is not null',
})

/** By password: no SMS is sent. */
export const limitQuietEnrolments = limitStarts({
  table: 'enrolments',
  startedAt: 'sent_at',
  where: 'code_hash is null',
})

const spend = prepare(
  'update enrolments set tries_left = tries_left - 1 where school_id = $1 and enrolment_id = $2',
)

export async function spendTry(tx: Tx, schoolId: string, enrolmentId: string): Promise<void> {
  await spend(tx, [schoolId, enrolmentId])
}

const confirm = prepare(
  `update enrolments set confirmed_device_id = $3, approval_id = $4
    where school_id = $1 and enrolment_id = $2`,
)

export async function markConfirmed(
  tx: Tx,
  schoolId: string,
  enrolmentId: string,
  deviceId: string,
  approvalId: string | null,
): Promise<void> {
  await confirm(tx, [schoolId, enrolmentId, deviceId, approvalId])
}

const remove = prepare('delete from enrolments where school_id = $1 and enrolment_id = $2')

/** The message surely was not sent, so nothing counts. */
export async function deleteEnrolment(
  tx: Tx,
  schoolId: string,
  enrolmentId: string,
): Promise<void> {
  await remove(tx, [schoolId, enrolmentId])
}
