import {
  createSigningKey,
  type HmacKeyMaterial,
  type SigningKey,
} from '@campus-ecode/protocol/signing-key'
import { LRUCache } from 'lru-cache'
import { prepare } from '../db/database.ts'
import type { Caller, Services } from './operation.ts'

/** A key that may sign requests to the core, and whose it is. */
export interface CallerKey {
  caller: Caller
  /** Shared, so that it signs the answers too. */
  key: SigningKey
}

export type FindCallerKey = (keyId: string) => Promise<CallerKey | undefined>

/** A disabled or replaced key works this much longer at most. */
const CACHED_MS = 3_000
const CACHED_COUNT_MAX = 20_000
const TERMINAL_KEY_ID = /^(\d{4})\.t\.[\w-]{8,64}$/

interface TerminalRow {
  terminal_id: string
  merchant_id: string
  sealed_key: Buffer
}

const selectTerminal = prepare<TerminalRow>(
  'select terminal_id, merchant_id, sealed_key from terminals where school_id = $1 and key_id = $2',
)

/**
 * Finds keys by their id: the BFF's from the configuration, terminals' in the database.
 *
 * @param bffKeys Two live ones at most, so that a key can be changed without a pause.
 */
export function createCallerKeys(
  services: Pick<Services, 'db' | 'keys'>,
  bffKeys: readonly HmacKeyMaterial[],
): FindCallerKey {
  const fixed = new Map(
    bffKeys.map((material): [string, CallerKey] => [
      material.keyId,
      { caller: { kind: 'bff', keyId: material.keyId }, key: createSigningKey(material) },
    ]),
  )
  // Unknown ids are remembered too, so that asking for them costs the database nothing.
  const cache = new LRUCache<string, { found: CallerKey | undefined }>({
    max: CACHED_COUNT_MAX,
    ttl: CACHED_MS,
    fetchMethod: async (keyId) => ({ found: await findTerminalKey(services, keyId) }),
  })
  return async (keyId) => fixed.get(keyId) ?? (await cache.fetch(keyId))?.found
}

/** What a terminal's key is sealed under. */
export function terminalKeyContext(schoolId: string, terminalId: string): string {
  return `terminals/${schoolId}/${terminalId}`
}

async function findTerminalKey(
  { db, keys }: Pick<Services, 'db' | 'keys'>,
  keyId: string,
): Promise<CallerKey | undefined> {
  const schoolId = TERMINAL_KEY_ID.exec(keyId)?.[1]
  if (schoolId === undefined) return undefined
  const [row] = await selectTerminal(db.pool, [schoolId, keyId])
  if (!row) return undefined
  const { terminal_id: terminalId, merchant_id: merchantId } = row
  const secret = await keys.open(terminalKeyContext(schoolId, terminalId), row.sealed_key)
  return {
    caller: { kind: 'terminal', keyId, schoolId, terminalId, merchantId },
    key: createSigningKey({ keyId, algorithm: 'hmac-sha256', secret }),
  }
}
