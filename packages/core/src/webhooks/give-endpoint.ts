import { randomBytes } from 'node:crypto'
import type { Tx } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import { webhookSecretContext } from './deliver.ts'
import { findEndpoint, removeEndpoint, saveEndpoint } from './store.ts'

/**
 * Where a server is told what happens, and the secret that what it is told is signed with: the one it
 * has, or a new one. Without an address there is neither.
 *
 * @param known The secret that somebody says was given out before; kept if that is true.
 * @returns `whsec_` and base64, as Standard Webhooks write it.
 */
export async function giveEndpoint(
  tx: Tx,
  keys: Services['keys'],
  { schoolId, endpointId, url }: { schoolId: string; endpointId: string; url: string | undefined },
  known: string | undefined,
): Promise<string | undefined> {
  if (url === undefined) {
    await removeEndpoint(tx, schoolId, endpointId)
    return undefined
  }
  const context = webhookSecretContext(schoolId, endpointId)
  const stored = await findEndpoint(tx, schoolId, endpointId)
  const isKnown = stored && (await keys.open(context, stored.sealed_secret)) === known
  if (isKnown && stored.url === url) return known
  const secret = isKnown && known ? known : `whsec_${randomBytes(32).toString('base64')}`
  const sealedSecret = await keys.seal(context, secret)
  await saveEndpoint(tx, { schoolId, endpointId, url, sealedSecret })
  return secret
}
