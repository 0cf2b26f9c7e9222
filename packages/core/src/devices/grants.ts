import { randomBytes } from 'node:crypto'
import { encryptAlias } from '@campus-ecode/protocol/alias'
import { aliasEpoch } from '@campus-ecode/protocol/alias-epoch'
import { GRANT_EPOCHS, GRANT_LIFETIME_SECONDS } from '@campus-ecode/protocol/code-rules'
import type { Grant } from '@campus-ecode/protocol/devices'
import { GRANT_SALT_BYTES } from '@campus-ecode/protocol/one-time'
import type { Services } from '../http/operation.ts'
import type { StoredGrant } from './store.ts'

export function createGrant({ newId }: Pick<Services, 'newId'>): StoredGrant {
  return { grantId: newId(), salt: randomBytes(GRANT_SALT_BYTES) }
}

/**
 * A grant as the phone gets it, with the aliases of its index for the next 14 days. The aliases do
 * not depend on the grant, so handing the same one out again later is harmless.
 */
export async function describeGrant(
  { keys, now }: Pick<Services, 'keys' | 'now'>,
  schoolId: string,
  deviceIndex: number,
  { grantId, salt }: StoredGrant,
  issuedAt: Date,
): Promise<Grant> {
  const firstEpoch = aliasEpoch(now() / 1000)
  const epochs = Array.from({ length: GRANT_EPOCHS }, (_, i) => firstEpoch + i)
  const epochKeys = await Promise.all(epochs.map((epoch) => keys.epochKeys(schoolId, epoch)))
  const aliases = epochs.map((epoch, i) => {
    const key = epochKeys[i]?.[0]
    if (!key) throw new Error('an epoch has no alias key')
    return encryptAlias(key, schoolId, epoch, deviceIndex)
  })
  return {
    grantId,
    salt: Buffer.from(salt).toString('base64url'),
    firstEpoch,
    aliases,
    expiresAt: new Date(issuedAt.getTime() + GRANT_LIFETIME_SECONDS * 1000).toISOString(),
  }
}
