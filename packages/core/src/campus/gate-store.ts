import type { Campus } from '@campus-ecode/protocol/campus'
import type { StoredPolicy } from '../access/policies.ts'
import { prepare, type Tx } from '../db/database.ts'

export interface KnownGateRow {
  gate_id: string
  key_id: string
  sealed_key: Buffer
}

const selectGate = prepare<KnownGateRow>(
  'select gate_id, key_id, sealed_key from gates where school_id = $1 and name = $2',
)

export async function findGateByName(
  tx: Tx,
  schoolId: string,
  name: string,
): Promise<KnownGateRow | undefined> {
  return (await selectGate(tx, [schoolId, name]))[0]
}

const upsertGate = prepare(
  `insert into gates (school_id, gate_id, name, campus, zone, purposes, permissions, stale_list,
                      shown_past_seconds, shown_future_seconds, key_id, sealed_key)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
       on conflict (school_id, gate_id) do update
      set campus = excluded.campus, zone = excluded.zone, purposes = excluded.purposes,
          permissions = excluded.permissions, stale_list = excluded.stale_list,
          shown_past_seconds = excluded.shown_past_seconds,
          shown_future_seconds = excluded.shown_future_seconds,
          key_id = excluded.key_id, sealed_key = excluded.sealed_key, enabled = true`,
)

export async function saveGate(
  tx: Tx,
  schoolId: string,
  gate: Campus['gates'][number],
  { gateId, keyId, sealedKey }: { gateId: string; keyId: string; sealedKey: Uint8Array },
): Promise<void> {
  const { name, campus = null, zone, purposes, permissions, staleList } = gate
  const rules = [staleList, gate.shownPastSeconds, gate.shownFutureSeconds]
  const place = [name, campus, zone, purposes, permissions]
  await upsertGate(tx, [schoolId, gateId, ...place, ...rules, keyId, sealedKey])
}

const disableOthers = prepare(
  `update gates set enabled = false
    where school_id = $1 and enabled and not (gate_id = any ($2))`,
)

/** Lets only these gates be used. */
export async function disableOtherGates(
  tx: Tx,
  schoolId: string,
  gateIds: string[],
): Promise<void> {
  await disableOthers(tx, [schoolId, gateIds])
}

const deletePolicies = prepare(
  'delete from access_policies where school_id = $1 and not (name = any ($2))',
)
const upsertPolicy = prepare(
  `insert into access_policies (school_id, policy_id, name, policy) values ($1, $2, $3, $4)
       on conflict (name, school_id) do update set policy = excluded.policy`,
)

/** Makes these the school's policies, known again by name. */
export async function savePolicies(
  tx: Tx,
  schoolId: string,
  policies: { policyId: string; name: string; policy: StoredPolicy }[],
): Promise<void> {
  const names = policies.map(({ name }) => name)
  await deletePolicies(tx, [schoolId, names])
  for (const { policyId, name, policy } of policies) {
    await upsertPolicy(tx, [schoolId, policyId, name, JSON.stringify(policy)])
  }
}
