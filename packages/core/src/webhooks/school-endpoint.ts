import { randomBytes } from 'node:crypto'
import { inTransaction, type Tx } from '../db/database.ts'
import { findPresent } from '../events/store.ts'
import type { Services } from '../http/operation.ts'
import { webhookSecretContext } from './deliver.ts'
import { findEndpoint, moveEndpoint, removeEndpoint, saveEndpoint } from './store.ts'
import { beginTelling, endTelling } from './told-store.ts'

/** Of a school's own server; other endpoints have random ids. */
export function schoolEndpointId(schoolId: string): string {
  return `00000000-0000-8000-8000-00000000${schoolId}`
}

const newSecret = () => `whsec_${randomBytes(32).toString('base64')}`

/**
 * Where a school's server is told what happens to its people (R41), from now on; nowhere without an address.
 * The secret stays what it was.
 */
export async function setSchoolEndpoint(
  tx: Tx,
  keys: Services['keys'],
  schoolId: string,
  url: string | undefined,
): Promise<void> {
  const endpointId = schoolEndpointId(schoolId)
  if (url === undefined) {
    await removeEndpoint(tx, schoolId, endpointId)
    await endTelling(tx, schoolId)
    return
  }
  const stored = await findEndpoint(tx, schoolId, endpointId)
  if (stored) return moveEndpoint(tx, schoolId, endpointId, url)
  const sealedSecret = await keys.seal(webhookSecretContext(schoolId, endpointId), newSecret())
  await saveEndpoint(tx, { schoolId, endpointId, url, sealedSecret })
  const { present } = await findPresent(tx)
  await beginTelling(tx, schoolId, present)
}

/** What a school's server verifies with, and where it is told; undefined where it is told nothing. */
export async function readSchoolEndpoint(
  { db, keys }: Pick<Services, 'db' | 'keys'>,
  schoolId: string,
): Promise<{ url: string; secret: string } | undefined> {
  const endpointId = schoolEndpointId(schoolId)
  const endpoint = await findEndpoint(db.pool, schoolId, endpointId)
  if (!endpoint) return undefined
  const secret = await keys.open(webhookSecretContext(schoolId, endpointId), endpoint.sealed_secret)
  return { url: endpoint.url, secret }
}

/**
 * Gives a school's server another secret. Until the one before ends what is sent is signed with both (R35).
 *
 * @param graceSeconds 0 for one that somebody else may have.
 * @returns The new one; undefined where there is no endpoint.
 */
export async function rotateWebhookSecret(
  { db, keys }: Pick<Services, 'db' | 'keys'>,
  schoolId: string,
  graceSeconds: number,
): Promise<string | undefined> {
  const endpointId = schoolEndpointId(schoolId)
  const secret = newSecret()
  const sealedSecret = await keys.seal(webhookSecretContext(schoolId, endpointId), secret)
  return inTransaction(db.pool, async (tx) => {
    const stored = await findEndpoint(tx, schoolId, endpointId)
    if (!stored) return undefined
    const previous =
      graceSeconds > 0 ? { sealedSecret: stored.sealed_secret, graceSeconds } : undefined
    await saveEndpoint(tx, { schoolId, endpointId, url: stored.url, sealedSecret, previous })
    return secret
  })
}
