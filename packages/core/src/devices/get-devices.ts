import type { PersonContext, PersonOutcome } from '../http/operation.ts'
import { findSignIns, toSignIn } from '../schools/sign-ins.ts'
import { findActiveDevices } from './store.ts'

const SIGN_INS_COUNT = 50

/** The phones that can draw codes for a person, and recent sign-ins, newest first (R6). */
export async function getDevices({
  params,
  services,
}: PersonContext<'getDevices'>): PersonOutcome<'getDevices'> {
  const { schoolId, personId } = params
  const { pool } = services.db
  const [rows, signIns] = await Promise.all([
    findActiveDevices(pool, schoolId, personId),
    findSignIns(pool, schoolId, personId, undefined, SIGN_INS_COUNT),
  ])
  return {
    status: 200,
    body: {
      devices: rows.map((row) => ({
        deviceId: row.device_id,
        label: row.label,
        enrolledAt: row.enrolled_at.toISOString(),
        lastContactAt: row.last_contact_at.toISOString(),
      })),
      signIns: signIns.map(toSignIn),
    },
  }
}
