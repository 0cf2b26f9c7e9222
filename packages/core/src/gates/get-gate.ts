import { type GateContext, type GateOutcome, isRefusal } from '../http/operation.ts'
import { admitGate } from './admit-gate.ts'
import { findGate } from './store.ts'

/**
 * Who the calling key belongs to, and the core's clock to check one's own against.
 *
 * Refuses: GATE_DISABLED.
 */
export async function getGate({
  caller,
  services,
}: GateContext<'getGate'>): GateOutcome<'getGate'> {
  const { schoolId, gateId } = caller
  const gate = admitGate(await findGate(services.db.pool, caller))
  if (isRefusal(gate)) return gate
  const { name, campus, zone, purposes, permissions } = gate
  const serverTime = new Date(services.now()).toISOString()
  return {
    status: 200,
    body: { schoolId, gateId, name, campus, zone, purposes, permissions, serverTime },
  }
}
