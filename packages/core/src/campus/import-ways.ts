import type { Campus } from '@campus-ecode/protocol/campus'
import { canHoldCollections } from '@campus-ecode/protocol/collection-link'
import type { Demo } from '@campus-ecode/protocol/demo'
import { giveCollectionCode } from '../collections/give-code.ts'
import { writeCollectionLink } from '../collections/verify-link.ts'
import type { Tx } from '../db/database.ts'
import type { Services } from '../http/operation.ts'
import { giveEndpoint } from '../webhooks/give-endpoint.ts'

type DemoTerminal = Demo['terminals'][number]

/**
 * What a terminal has beside its key: a till a collection code (R24), where pages are served, over TLS, that
 * it could lead to; a merchant's server the secret of its notices (R38), if it has an address for them.
 *
 * @param known What an earlier import gave out.
 */
export async function importWays(
  tx: Tx,
  services: Services,
  schoolId: string,
  { id: terminalId, merchantId, kind, ...terminal }: DemoTerminal,
  { notifyUrl }: Campus['merchants'][number]['terminals'][number],
  known: Demo | undefined,
): Promise<DemoTerminal> {
  const { name, keyId, secret } = terminal
  const imported = { id: terminalId, name, kind, merchantId, keyId, secret }
  const before = known?.terminals.find(({ id }) => id === terminalId)?.webhookSecret
  const url = kind === 'online' ? notifyUrl : undefined
  const endpoint = { schoolId, endpointId: terminalId, url }
  const webhookSecret = await giveEndpoint(tx, services.keys, endpoint, before)
  if (webhookSecret !== undefined) return { ...imported, webhookSecret }
  const { keypadOrigin } = services
  if (kind !== 'till' || !keypadOrigin || !canHoldCollections(keypadOrigin)) return imported
  const code = await giveCollectionCode(tx, { schoolId, merchantId, terminalId })
  return { ...imported, collectionUrl: await writeCollectionLink(services, code) }
}
