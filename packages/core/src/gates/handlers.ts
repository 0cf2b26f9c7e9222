import type { GateHandlers, Services } from '../http/operation.ts'
import { addGateRecords } from './add-gate-records.ts'
import { checkIdentity } from './check-identity.ts'
import { getGate } from './get-gate.ts'
import { getGateUpdate } from './get-gate-update.ts'
import { getZoneRecords } from './get-zone-records.ts'
import { createSchoolWatch } from './school-watch.ts'

/** Everything that gates call (R31). */
export function createGateHandlers(services: Services): GateHandlers {
  const watch = createSchoolWatch(services)
  return {
    getGate,
    getGateUpdate: (ctx) => getGateUpdate(ctx, watch),
    addGateRecords,
    checkIdentity,
    getZoneRecords,
  }
}
