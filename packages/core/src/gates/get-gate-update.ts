import { setTimeout as sleep } from 'node:timers/promises'
import type { GateUpdate } from '@campus-ecode/protocol/gate-api'
import { currentKeySet } from '../access-keys/current-key-set.ts'
import { type GateContext, type GateOutcome, isRefusal, type Services } from '../http/operation.ts'
import { currentList } from '../revocations/current-list.ts'
import { admitGate } from './admit-gate.ts'
import { findPolicy } from './current-policy.ts'
import type { SchoolWatch } from './school-watch.ts'
import { findGate, type GateKey, noteHeld } from './store.ts'

/** Another core process may have the news, of which this one hears nothing. */
const POLL_MS = 400
/** The bell rings for every payment; a gate does not look more often than this. */
const REST_MS = 200

/** What a gate has stored, by number; 0: none. */
interface Held {
  list: number
  keys: number
  policy: number
}

/**
 * Key set, policy and revocation list, as far as the gate does not hold them; waits for something new (R31,
 * R32). What the gate says that it holds is noted: it shows how far a lock has reached. A policy that cannot be
 * written keeps nothing else from the gate.
 *
 * Refuses: GATE_DISABLED.
 */
export async function getGateUpdate(
  { caller, query, services }: GateContext<'getGateUpdate'>,
  watch: SchoolWatch,
): GateOutcome<'getGateUpdate'> {
  const { pool } = services.db
  const gate = admitGate(await findGate(pool, caller))
  if (isRefusal(gate)) return gate
  const { waitSeconds, ...held } = query
  await noteHeld(pool, caller, held, new Date(services.now()))
  const deadline = Date.now() + waitSeconds * 1000
  for (;;) {
    const seen = await watch.look(caller.schoolId)
    const update = await writeUpdate(services, caller, held)
    if (update.keys || update.policy || update.list || update.delta) {
      return answer(services, update)
    }
    // Most looks find that nothing has changed for any gate of the school.
    do {
      const leftMs = deadline - Date.now()
      if (leftMs <= 0 || !(await services.waitForEvents(Math.min(leftMs, POLL_MS)))) {
        return answer(services, update)
      }
      await sleep(Math.max(0, Math.min(REST_MS, deadline - Date.now())))
    } while ((await watch.look(caller.schoolId)) === seen)
  }
}

/** With the time at which it leaves: the gate sets its clock by it. */
function answer({ now }: Services, update: Omit<GateUpdate, 'serverTime'>) {
  return {
    status: 200,
    body: { serverTime: new Date(now()).toISOString(), ...update },
  } as const
}

async function writeUpdate(
  services: Services,
  gate: GateKey,
  held: Held,
): Promise<Omit<GateUpdate, 'serverTime'>> {
  const { schoolId } = gate
  const policy = await findPolicy(services, gate, held.policy)
  const list = await currentList(services, schoolId, held.list)
  // Last, so that the keys that signed the others are in it.
  const keys = await currentKeySet(services, schoolId)
  return {
    keys: held.keys >= keys.seq ? null : keys.document,
    policy,
    list: list.full ?? null,
    delta: list.delta ?? null,
  }
}
