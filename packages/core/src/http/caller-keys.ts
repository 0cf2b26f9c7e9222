import {
  createSigningKey,
  type HmacKeyMaterial,
  type SigningKey,
} from '@campus-ecode/protocol/signing-key'
import { LRUCache } from 'lru-cache'
import { prepare } from '../db/database.ts'
import type { Caller, Services, TerminalCaller } from './operation.ts'

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
/** `t` for terminals, `g` for gates. */
const KEY_ID = /^(\d{4})\.([tg])\.[\w-]{8,64}$/

interface TerminalRow {
  terminal_id: string
  merchant_id: string
  kind: TerminalCaller['terminalKind']
  sealed_key: Buffer
}

// Also by the key before, while that is good (R35).
const selectTerminal = prepare<TerminalRow>(
  `select terminal_id, merchant_id, kind, sealed_key from terminals
    where school_id = $1 and key_id = $2
   union all
   select t.terminal_id, t.merchant_id, t.kind, k.sealed_key
     from previous_keys k
     join terminals t on t.school_id = k.school_id and t.terminal_id = k.owner_id
    where k.school_id = $1 and k.key_id = $2 and k.ends_at > now()`,
)

interface GateRow {
  gate_id: string
  sealed_key: Buffer
}

const selectGate = prepare<GateRow>(
  `select gate_id, sealed_key from gates where school_id = $1 and key_id = $2
   union all
   select g.gate_id, k.sealed_key
     from previous_keys k
     join gates g on g.school_id = k.school_id and g.gate_id = k.owner_id
    where k.school_id = $1 and k.key_id = $2 and k.ends_at > now()`,
)

/**
 * Finds keys by their id: those of the BFF, of the real-name provider and of the operator from the configuration,
 * terminals' and gates' in the
 * database.
 *
 * @param bffKeys Two live ones at most, so that a key can be changed without a pause.
 */
export function createCallerKeys(
  services: Pick<Services, 'db' | 'keys'>,
  bffKeys: readonly HmacKeyMaterial[],
  providerKey?: HmacKeyMaterial,
  operatorKey?: HmacKeyMaterial,
): FindCallerKey {
  const fixed = new Map<string, CallerKey>()
  const add = (kind: 'bff' | 'provider' | 'operator', material: HmacKeyMaterial) => {
    const { keyId } = material
    fixed.set(keyId, { caller: { kind, keyId }, key: createSigningKey(material) })
  }
  for (const material of bffKeys) add('bff', material)
  if (providerKey) add('provider', providerKey)
  if (operatorKey) add('operator', operatorKey)
  // Unknown ids are remembered too, so that asking for them costs the database nothing.
  const cache = new LRUCache<string, { found: CallerKey | undefined }>({
    max: CACHED_COUNT_MAX,
    ttl: CACHED_MS,
    fetchMethod: async (keyId) => ({ found: await findStoredKey(services, keyId) }),
  })
  return async (keyId) => fixed.get(keyId) ?? (await cache.fetch(keyId))?.found
}

/** What a terminal's key is sealed under. */
export function terminalKeyContext(schoolId: string, terminalId: string): string {
  return `terminals/${schoolId}/${terminalId}`
}

/** What a gate's key is sealed under. */
export function gateKeyContext(schoolId: string, gateId: string): string {
  return `gates/${schoolId}/${gateId}`
}

type KeyStores = Pick<Services, 'db' | 'keys'>

async function findStoredKey(services: KeyStores, keyId: string): Promise<CallerKey | undefined> {
  const [, schoolId, kind] = KEY_ID.exec(keyId) ?? []
  if (schoolId === undefined) return undefined
  return kind === 'g'
    ? findGateKey(services, schoolId, keyId)
    : findTerminalKey(services, schoolId, keyId)
}

async function findTerminalKey(
  { db, keys }: KeyStores,
  schoolId: string,
  keyId: string,
): Promise<CallerKey | undefined> {
  const [row] = await selectTerminal(db.pool, [schoolId, keyId])
  if (!row) return undefined
  const { terminal_id: terminalId, merchant_id: merchantId } = row
  const secret = await keys.open(terminalKeyContext(schoolId, terminalId), row.sealed_key)
  return {
    caller: { kind: 'terminal', keyId, schoolId, terminalId, merchantId, terminalKind: row.kind },
    key: createSigningKey({ keyId, algorithm: 'hmac-sha256', secret }),
  }
}

async function findGateKey(
  { db, keys }: KeyStores,
  schoolId: string,
  keyId: string,
): Promise<CallerKey | undefined> {
  const [row] = await selectGate(db.pool, [schoolId, keyId])
  if (!row) return undefined
  const secret = await keys.open(gateKeyContext(schoolId, row.gate_id), row.sealed_key)
  return {
    caller: { kind: 'gate', keyId, schoolId, gateId: row.gate_id },
    key: createSigningKey({ keyId, algorithm: 'hmac-sha256', secret }),
  }
}
