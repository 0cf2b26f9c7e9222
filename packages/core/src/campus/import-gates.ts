import { randomBytes } from 'node:crypto'
import type { Campus } from '@campus-ecode/protocol/campus'
import type { Demo } from '@campus-ecode/protocol/demo'
import { toStoredPolicy } from '../access/policies.ts'
import { assignProfiles } from '../access/profiles.ts'
import { inTransaction, type Tx } from '../db/database.ts'
import { gateKeyContext } from '../http/caller-keys.ts'
import type { Services } from '../http/operation.ts'
import { disableOtherGates, findGateByName, saveGate, savePolicies } from './gate-store.ts'

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
 * Makes the file's policies the school's, and gives everybody the access profile that follows from them and from
 * the groups they are in now (R30).
 *
 * @param personIds By card number.
 */
export async function importPolicies(
  services: Services,
  { school: { id: schoolId }, accessPolicies }: Campus,
  personIds: ReadonlyMap<string, string>,
): Promise<void> {
  await inTransaction(services.db.pool, (tx) =>
    savePolicies(
      tx,
      schoolId,
      accessPolicies.map((policy) => ({
        policyId: services.newId(),
        name: policy.name,
        policy: toStoredPolicy(policy, (cardNo) => personIds.get(cardNo)),
      })),
    ),
  )
  await assignProfiles(services, schoolId)
}
