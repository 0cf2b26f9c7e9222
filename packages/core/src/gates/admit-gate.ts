import type { GatePermission } from '@campus-ecode/protocol/gate-api'
import { type Refusal, refuse } from '../http/operation.ts'
import type { GateRow } from './store.ts'

/**
 * Whether a gate may do what it asks for.
 *
 * Refuses: KEY_UNKNOWN when it is gone, GATE_DISABLED, GATE_NOT_PERMITTED.
 */
export function admitGate(
  gate: GateRow | undefined,
  permission?: GatePermission,
): GateRow | Refusal {
  if (!gate) return refuse('KEY_UNKNOWN')
  if (!gate.enabled) return refuse('GATE_DISABLED')
  if (permission && !gate.permissions.includes(permission)) return refuse('GATE_NOT_PERMITTED')
  return gate
}
