import type { PersonContext, PersonOutcome } from '../http/operation.ts'
import { findServices } from './store.ts'

/** The school's other services, as far as the person's campus and class have them (R36, R40). */
export async function getServices({
  params,
  services,
}: PersonContext<'getServices'>): PersonOutcome<'getServices'> {
  const rows = await findServices(services.db.pool, params.schoolId, params.personId)
  return {
    status: 200,
    body: {
      services: rows.map(({ service_id: serviceId, name, icon, native }) => ({
        serviceId,
        name,
        icon,
        native,
      })),
    },
  }
}
