import type { PersonContext, PersonOutcome } from '../http/operation.ts'
import { findActiveDevices } from './store.ts'

/** The phones that can draw codes for a person, newest first (R6). */
export async function getDevices({
  params,
  services,
}: PersonContext<'getDevices'>): PersonOutcome<'getDevices'> {
  const rows = await findActiveDevices(services.db.pool, params.schoolId, params.personId)
  return {
    status: 200,
    body: {
      devices: rows.map((row) => ({
        deviceId: row.device_id,
        label: row.label,
        enrolledAt: row.enrolled_at.toISOString(),
        lastContactAt: row.last_contact_at.toISOString(),
      })),
    },
  }
}
