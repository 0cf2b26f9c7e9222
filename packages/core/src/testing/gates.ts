import { randomBytes } from 'node:crypto'
import type { AccessPurpose } from '@campus-ecode/protocol/access-code'
import {
  type GatePolicy,
  gatePolicySchema,
  type WeeklyTime,
} from '@campus-ecode/protocol/access-policy'
import { type AccessPolicy, accessPolicySchema } from '@campus-ecode/protocol/campus'
import type { GatePermission, GateRecord } from '@campus-ecode/protocol/gate-api'
import type { SignedDocument } from '@campus-ecode/protocol/signed-document'
import { createSigningKey, type SigningKey } from '@campus-ecode/protocol/signing-key'
import { v7 } from 'uuid'
import { toStoredPolicy } from '../access/policies.ts'
import { assignProfiles } from '../access/profiles.ts'
import { savePolicies } from '../campus/gate-store.ts'
import { inTransaction } from '../db/database.ts'
import { gateKeyContext } from '../http/caller-keys.ts'
import { hashOf, newAccessKey, readCredential } from './access-gate.ts'
import { SCHOOL } from './campus.ts'
import type { HttpCore } from './http-core.ts'

export interface TestGate {
  gateId: string
  name: string
  key: SigningKey
}

/** Gates, policies and people's groups at the test campus, and what gates and phones do there. */
export function createGates(core: HttpCore, schoolId = SCHOOL) {
  const { pool } = core.services.db

  async function addGate({
    campus = null as string | null,
    zone = '图书馆',
    purposes = ['door'] as AccessPurpose[],
    permissions = [] as GatePermission[],
    enabled = true,
  } = {}): Promise<TestGate> {
    const gateId = v7()
    const name = `${zone} ${gateId.slice(-6)}`
    const keyId = `${schoolId}.g.${gateId.slice(-12)}`
    const secret = randomBytes(32).toString('base64url')
    const sealed = await core.services.keys.seal(gateKeyContext(schoolId, gateId), secret)
    await pool.query(
      `insert into gates (school_id, gate_id, name, campus, zone, purposes, permissions, stale_list,
                          shown_past_seconds, shown_future_seconds, enabled, key_id, sealed_key)
       values ($1, $2, $3, $4, $5, $6, $7, 'closed', 20, 5, $8, $9, $10)`,
      [schoolId, gateId, name, campus, zone, purposes, permissions, enabled, keyId, sealed],
    )
    const key = createSigningKey({ keyId, algorithm: 'hmac-sha256', secret })
    return { gateId, name, key }
  }

  /** Makes these the school's policies; people are named by id, in place of card numbers. */
  async function setPolicies(
    policies: (Partial<AccessPolicy> & Pick<AccessPolicy, 'purposes'>)[],
  ): Promise<void> {
    const stored = policies.map((policy, i) => {
      const parsed = accessPolicySchema.parse({ name: `policy ${i}`, ...policy })
      return {
        policyId: v7(),
        name: parsed.name,
        policy: toStoredPolicy(parsed, (personId) => personId),
      }
    })
    await inTransaction(pool, (tx) => savePolicies(tx, schoolId, stored))
    await assignProfiles(core.services, schoolId)
  }

  async function setGroups(personId: string, groups: string[]): Promise<void> {
    await pool.query('update people set groups = $2 where person_id = $1', [personId, groups])
    await assignProfiles(core.services, schoolId)
  }

  /** What a phone gets for a fresh key: the credential, base64url. */
  async function startCredential(personId: string): Promise<string> {
    const { status, body } = await core.call('startCredential', {
      params: { schoolId, personId },
      body: { publicKey: newAccessKey(), label: 'Pixel 9', consent: true },
    })
    if (status !== 201) throw new Error(`no credential: ${body.code}`)
    return body.credential
  }

  /** The policy that a gate has now. */
  async function fetchPolicy({ key }: TestGate): Promise<GatePolicy> {
    const { body } = await core.call('getGateUpdate', { key })
    return readPolicy(body.policy)
  }

  async function addRecords({ key }: TestGate, records: GateRecord[]) {
    return core.call('addGateRecords', { key, body: { records } })
  }

  return { addGate, setPolicies, setGroups, startCredential, fetchPolicy, addRecords }
}

export function readPolicy({ payload }: SignedDocument): GatePolicy {
  return gatePolicySchema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')))
}

/** A record of one code that a gate has read. */
export function recordOf(credential: string | null, change: Partial<GateRecord> = {}): GateRecord {
  const at = change.at ?? new Date().toISOString()
  return {
    recordId: v7(),
    at,
    result: 'opened',
    refusal: null,
    ...(credential === null
      ? { credential: null, shownAt: null, purpose: null, context: null }
      : {
          credential: hashOf(credential).toString('base64url'),
          shownAt: at,
          purpose: 'door',
          context: 0,
        }),
    ...change,
  }
}

/**
 * Whether a policy lets a credential in at a time, read as docs/codes.md has it: "What gates are told".
 *
 * @param at RFC 3339.
 */
export function letsIn(
  { rules, utcOffsetMinutes }: GatePolicy,
  credential: string,
  { at, purpose = 'door', context = 0 }: { at: string; purpose?: AccessPurpose; context?: number },
): boolean {
  const { class: own, profile } = readCredential(credential)
  const now = Date.parse(at) / 1000
  const local = new Date((now + utcOffsetMinutes * 60) * 1000)
  return rules.some(
    (rule) =>
      rule.purpose === purpose &&
      rule.context === context &&
      (rule.classes.includes(own) || rule.profiles.includes(profile)) &&
      (rule.notBefore ?? 0) <= now &&
      now < (rule.notAfter ?? Number.POSITIVE_INFINITY) &&
      (rule.week.length === 0 || rule.week.some((week) => isWithin(week, local))),
  )
}

function isWithin({ days, from, until }: WeeklyTime, local: Date): boolean {
  const minute = local.getUTCHours() * 60 + local.getUTCMinutes()
  const day = local.getUTCDay() || 7
  const dayBefore = day === 1 ? 7 : day - 1
  const [start, end] = [toMinutes(from), toMinutes(until)]
  if (start < end) return days.includes(day) && start <= minute && minute < end
  return (days.includes(day) && start <= minute) || (days.includes(dayBefore) && minute < end)
}

function toMinutes(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return hours * 60 + minutes
}
