import type { AccessPurpose } from '@campus-ecode/protocol/access-code'
import type { GatePermission } from '@campus-ecode/protocol/gate-api'
import { prepare, type Queryable, type Tx } from '../db/database.ts'

/** A gate of a school. */
export interface GateKey {
  schoolId: string
  gateId: string
}

export interface GateRow {
  gate_id: string
  name: string
  campus: string | null
  zone: string
  purposes: AccessPurpose[]
  permissions: GatePermission[]
  stale_list: 'open' | 'closed'
  shown_past_seconds: number
  shown_future_seconds: number
  enabled: boolean
  paused_until: Date | null
  policy_seq: number
  policy_digest: Buffer | null
}

const COLUMNS = `gate_id, name, campus, zone, purposes, permissions, stale_list, shown_past_seconds,
  shown_future_seconds, enabled, paused_until, policy_seq, policy_digest`

const selectGate = prepare<GateRow>(
  `select ${COLUMNS} from gates where school_id = $1 and gate_id = $2`,
)

export async function findGate(
  on: Queryable,
  { schoolId, gateId }: GateKey,
): Promise<GateRow | undefined> {
  return (await selectGate(on, [schoolId, gateId]))[0]
}

const selectGateForUpdate = prepare<GateRow>(
  `select ${COLUMNS} from gates where school_id = $1 and gate_id = $2 for no key update`,
)

export async function lockGate(
  tx: Tx,
  { schoolId, gateId }: GateKey,
): Promise<GateRow | undefined> {
  return (await selectGateForUpdate(tx, [schoolId, gateId]))[0]
}

const selectInUse = prepare<GateRow>(
  `select ${COLUMNS} from gates where school_id = $1 and enabled order by name`,
)

/** The school's gates that are not disabled. */
export async function findGatesInUse(on: Queryable, schoolId: string): Promise<GateRow[]> {
  return selectInUse(on, [schoolId])
}

const updateHeld = prepare(
  `update gates set list_seq = $3, keys_seq = $4, held_policy_seq = $5, last_contact_at = $6
    where school_id = $1 and gate_id = $2`,
)

/** Notes what the gate says it has stored safely (R32). */
export async function noteHeld(
  on: Queryable,
  { schoolId, gateId }: GateKey,
  held: { list: number; keys: number; policy: number },
  at: Date,
): Promise<void> {
  await updateHeld(on, [schoolId, gateId, held.list, held.keys, held.policy, at])
}

const updatePolicy = prepare<{ policy_seq: number }>(
  `update gates
      set policy_seq = policy_seq + (policy_digest is distinct from $3)::int, policy_digest = $3
    where school_id = $1 and gate_id = $2
   returning policy_seq`,
)

/** The number of the policy that says this: a new one where the last said something else. */
export async function numberPolicy(
  on: Queryable,
  { schoolId, gateId }: GateKey,
  digest: Uint8Array,
): Promise<number> {
  const [row] = await updatePolicy(on, [schoolId, gateId, digest])
  if (!row) throw new Error('the gate is gone')
  return row.policy_seq
}

// Three wrong ones in a row, as at a till (docs/codes.md, "Guessing").
const updateBadStreak = prepare(
  `update gates
      set bad_streak = case when bad_streak + 1 >= $3 then 0 else bad_streak + 1 end,
          paused_until = case when bad_streak + 1 >= $3 then $4::timestamptz else paused_until end
    where school_id = $1 and gate_id = $2`,
)

/** Counts an identity code of nobody; after so many in a row the gate is paused. */
export async function countWrongIdentity(
  tx: Tx,
  { schoolId, gateId }: GateKey,
  { inARowMax, pausedUntil }: { inARowMax: number; pausedUntil: Date },
): Promise<void> {
  await updateBadStreak(tx, [schoolId, gateId, inARowMax, pausedUntil])
}

const clearBadStreak = prepare(
  'update gates set bad_streak = 0 where school_id = $1 and gate_id = $2 and bad_streak > 0',
)

export async function forgetWrongIdentities(tx: Tx, { schoolId, gateId }: GateKey): Promise<void> {
  await clearBadStreak(tx, [schoolId, gateId])
}
