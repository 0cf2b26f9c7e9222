import { createHash } from 'node:crypto'
import type { GatePolicy } from '@campus-ecode/protocol/access-policy'
import type { SignedDocument } from '@campus-ecode/protocol/signed-document'
import { findPolicies, UTC_OFFSET_MINUTES } from '../access/policies.ts'
import { findProfilesNaming } from '../access/profiles.ts'
import { currentKeySet } from '../access-keys/current-key-set.ts'
import { signPolicy } from '../access-keys/sign-policy.ts'
import { findLiving } from '../gatherings/store.ts'
import type { Services } from '../http/operation.ts'
import { POLICY_LENGTH_MAX } from './policy-room.ts'
import { findGate, type GateKey, type GateRow, numberPolicy } from './store.ts'
import { membersNamed, writeRules } from './write-rules.ts'

/**
 * What one gate is to do by itself (R31). Its number rises only when it says something new, or when the
 * school's keys have changed: the key that signed the last may go.
 *
 * @param haveSeq Of the policy that the gate holds; 0: none.
 * @returns null when the gate holds it, and when it cannot be written, which is logged: locks have to reach the
 * gate all the same (R32).
 */
export async function findPolicy(
  services: Services,
  key: GateKey,
  haveSeq: number,
): Promise<SignedDocument | null> {
  try {
    return await currentPolicy(services, key, haveSeq)
  } catch (error) {
    const { schoolId, gateId } = key
    services.log.error({ error, schoolId, gateId }, "a gate's policy could not be written")
    return null
  }
}

async function currentPolicy(
  services: Services,
  key: GateKey,
  haveSeq: number,
): Promise<SignedDocument | null> {
  const { pool } = services.db
  const gate = await findGate(pool, key)
  if (!gate) throw new Error('the gate is gone')
  const keySet = await currentKeySet(services, key.schoolId)
  const content = await writePolicy(services, key, gate)
  const said = JSON.stringify([keySet.seq, content])
  if (said.length > POLICY_LENGTH_MAX) throw new Error('the policy is too long')
  const digest = createHash('sha256').update(said).digest()
  const isSaid = gate.policy_digest?.equals(digest)
  const seq = isSaid ? gate.policy_seq : await numberPolicy(pool, key, digest)
  if (haveSeq >= seq) return null
  const issued = Math.floor(services.now() / 1000)
  return signPolicy(services, key.schoolId, { ...content, seq, issued })
}

async function writePolicy(
  { db, now }: Services,
  { schoolId, gateId }: GateKey,
  gate: GateRow,
): Promise<Omit<GatePolicy, 'seq' | 'issued'>> {
  const nowMs = now()
  const [policies, gatherings] = await Promise.all([
    findPolicies(db.pool, schoolId, nowMs / 1000),
    findLiving(db.pool, schoolId, new Date(nowMs)),
  ])
  const named = membersNamed(policies, gatherings)
  const profiles = await findProfilesNaming(db.pool, schoolId, named)
  return {
    school: schoolId,
    gateId,
    utcOffsetMinutes: UTC_OFFSET_MINUTES,
    shownPastSeconds: gate.shown_past_seconds,
    shownFutureSeconds: gate.shown_future_seconds,
    staleList: gate.stale_list,
    rules: writeRules(gate, { policies, gatherings, profiles }),
  }
}
