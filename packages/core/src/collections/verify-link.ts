import { createPublicKey, verify } from 'node:crypto'
import {
  collectionSigningInput,
  formatCollectionLink,
  parseCollectionLink,
} from '@campus-ecode/protocol/collection-link'
import type { Services } from '../http/operation.ts'
import { fromLinkId, toLinkId } from './link-ids.ts'
import { type CollectionRow, findCollectionByKey } from './store.ts'

type Knowing = Pick<Services, 'db' | 'keys' | 'keypadOrigin'>

/**
 * Finds the code that a link is (R24): of the core's own host, of a till of ours, and signed. Whether it
 * still pays stands in its row.
 */
export async function verifyCollectionLink(
  { db, keys, keypadOrigin }: Knowing,
  text: string,
): Promise<CollectionRow | undefined> {
  const link = parseCollectionLink(text)
  if (!link || link.origin !== keypadOrigin) return undefined
  const terminalId = fromLinkId(link.terminal)
  if (!terminalId || !/^[1-9]\d{0,8}$/.test(link.keyId)) return undefined
  // Looked up before the key process is asked, which thus never meets a key id that somebody made up.
  const row = await findCollectionByKey(db.pool, link.school, terminalId, Number(link.keyId))
  if (!row || toLinkId(row.merchant_id) !== link.merchant) return undefined
  const x = Buffer.from(await keys.collectionKey(row.school_id, row.key_id)).toString('base64url')
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  const signature = Buffer.from(link.signature, 'base64url')
  return verify(null, collectionSigningInput(link), key, signature) ? row : undefined
}

/** The link of a code, the same each time it is printed. Throws where no pages are served to phones. */
export async function writeCollectionLink(
  { keys, keypadOrigin }: Pick<Knowing, 'keys' | 'keypadOrigin'>,
  code: Pick<CollectionRow, 'school_id' | 'merchant_id' | 'terminal_id' | 'key_id'>,
): Promise<string> {
  if (keypadOrigin === undefined) throw new Error('a collection code needs KEYPAD_PORT')
  const { school_id: school, key_id: keyId } = code
  const merchant = toLinkId(code.merchant_id)
  const terminal = toLinkId(code.terminal_id)
  const signature = await keys.signCollection(school, keyId, merchant, terminal)
  const link = { origin: keypadOrigin, school, merchant, terminal, keyId: String(keyId) }
  return formatCollectionLink(link, signature)
}
