import { randomBytes } from 'node:crypto'
import type { Campus } from '@campus-ecode/protocol/campus'
import type { Demo } from '@campus-ecode/protocol/demo'
import { type StoredPolicy, toStoredPolicy } from '../access/policies.ts'
import { planProfiles } from '../access/profiles.ts'
import type { Tx } from '../db/database.ts'
import { refuseLongPolicies } from '../gates/policy-room.ts'
import { gateKeyContext } from '../http/caller-keys.ts'
import type { Services } from '../http/operation.ts'
import { disableOtherGates, findGateByName, saveGate, savePolicies } from './gate-store.ts'
import type { FilePerson } from './import-people.ts'

/** A policy that is to be the school's. */
export interface PlannedPolicy {
  name: string
  policy: StoredPolicy
}

/** Brings the school's gates, known again by name. Those that the file has no more are disabled. */
export async function importGates(
  tx: Tx,
  services: Services,
  { school: { id: schoolId }, gates }: Campus,
  known: Demo | undefined,
): Promise<Demo['gates']> {
  const imported: Demo['gates'] = []
  for (const gate of gates) imported.push(await importGate(tx, services, schoolId, gate, known))
  await disableOtherGates(
    tx,
    schoolId,
    imported.map(({ id }) => id),
  )
  return imported
}

async function importGate(
  tx: Tx,
  { keys, newId }: Services,
  schoolId: string,
  gate: Campus['gates'][number],
  known: Demo | undefined,
): Promise<Demo['gates'][number]> {
  const { name } = gate
  const stored = await findGateByName(tx, schoolId, name)
  const given = known?.gates.find(
    ({ id, keyId }) => id === stored?.gate_id && keyId === stored.key_id,
  )
  if (stored && given) {
    const context = gateKeyContext(schoolId, stored.gate_id)
    if ((await keys.open(context, stored.sealed_key)) === given.secret) {
      const { gate_id: gateId, key_id: keyId, sealed_key: sealedKey } = stored
      await saveGate(tx, schoolId, gate, { gateId, keyId, sealedKey })
      return { ...given, name }
    }
  }
  const gateId = stored?.gate_id ?? newId()
  const keyId = `${schoolId}.g.${randomBytes(12).toString('base64url')}`
  const secret = randomBytes(32).toString('base64url')
  const sealedKey = await keys.seal(gateKeyContext(schoolId, gateId), secret)
  await saveGate(tx, schoolId, gate, { gateId, keyId, sealedKey })
  return { id: gateId, name, keyId, secret }
}

/**
 * The file's policies as they are stored. Throws where gates could not be told of them, or profiles would not suffice.
 *
 * @param people Of the file, in its order.
 */
export async function planPolicies(
  { db: { pool }, now }: Services,
  campus: Campus,
  people: readonly FilePerson[],
): Promise<PlannedPolicy[]> {
  const { gates, accessPolicies, school } = campus
  const ids = new Map(campus.people.map(({ cardNo }, i) => [cardNo, people[i]?.personId]))
  const planned = accessPolicies.map((policy) => ({
    name: policy.name,
    policy: toStoredPolicy(policy, (cardNo) => ids.get(cardNo)),
  }))
  const described = campus.people.map((person, i) => {
    const { personId } = people[i] ?? { personId: '' }
    return [personId, { personId, class: person.class, groups: person.groups }] as const
  })
  const policies = planned.map(({ policy }) => policy)
  const profiles = await planProfiles(pool, school.id, policies, new Map(described))
  const places = gates.map(({ campus: own = null, ...gate }) => ({ ...gate, campus: own }))
  const living = policies.filter(({ notAfter }) => notAfter === null || now() / 1000 < notAfter)
  refuseLongPolicies(places, living, profiles)
  return planned
}

/** Makes these the school's policies. */
export async function importPolicies(
  tx: Tx,
  { newId }: Services,
  schoolId: string,
  planned: readonly PlannedPolicy[],
): Promise<void> {
  const policies = planned.map((policy) => ({ policyId: newId(), ...policy }))
  await savePolicies(tx, schoolId, policies)
}
