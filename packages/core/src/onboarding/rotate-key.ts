import { createHash, randomBytes } from 'node:crypto'
import { inTransaction, prepare, type Tx } from '../db/database.ts'
import { gateKeyContext, terminalKeyContext } from '../http/caller-keys.ts'
import type { Services } from '../http/operation.ts'
import type { Tell } from './tell-once.ts'

/** Whose key: a terminal's or a gate's, by its id; or the secret with which a school's server opens sessions. */
export type KeyOwner =
  | { kind: 'terminal' | 'gate'; schoolId: string; id: string }
  | { kind: 'school'; schoolId: string }

export interface RotatedKey {
  /** Null for a school's secret, which has no id but the school's. */
  keyId: string | null
  /** Told this once; only a hash or a sealed copy stays. */
  secret: string
  /** Until then the one before is good, too; at once for one that somebody else may have. */
  previousEndsAt: Date
}

/**
 * Gives an owner a new key, beside which the one before stays good for a while (R35). The one before that ends now:
 * two live ones, never three.
 *
 * @param graceSeconds 0 ends the one before at once.
 * @returns Undefined where there is no such owner.
 */
export async function rotateKey(
  services: Pick<Services, 'db' | 'keys'>,
  owner: KeyOwner,
  graceSeconds: number,
  { claimNonce, tell }: { claimNonce?: (tx: Tx) => Promise<void>; tell?: Tell<RotatedKey> } = {},
): Promise<RotatedKey | undefined> {
  const secret = randomBytes(32).toString('base64url')
  return inTransaction(services.db.pool, async (tx) => {
    await claimNonce?.(tx)
    const rotated = await change(tx)
    if (rotated) await tell?.(rotated)
    return rotated
  })

  async function change(tx: Tx): Promise<RotatedKey | undefined> {
    if (owner.kind === 'school') {
      const hash = createHash('sha256').update(secret).digest()
      const [row] = await changeSecret(tx, [owner.schoolId, hash, graceSeconds])
      return row && { keyId: null, secret, previousEndsAt: row.ends_at }
    }
    const { kind, schoolId, id } = owner
    const [letter, contextOf, changeKey] =
      kind === 'terminal'
        ? (['t', terminalKeyContext, changeTerminalKey] as const)
        : (['g', gateKeyContext, changeGateKey] as const)
    const keyId = `${schoolId}.${letter}.${randomBytes(12).toString('base64url')}`
    const sealedKey = await services.keys.seal(contextOf(schoolId, id), secret)
    const [row] = await changeKey(tx, [schoolId, id, keyId, sealedKey, graceSeconds])
    return row && { keyId, secret, previousEndsAt: row.ends_at }
  }
}

const changeSecret = prepare<{ ends_at: Date }>(
  `update schools
      set previous_secret_hash = secret_hash, secret_hash = $2,
          previous_secret_ends_at = now() + $3 * interval '1 second'
    where school_id = $1
   returning previous_secret_ends_at as ends_at`,
)

const changeTerminalKey = prepareChange('terminals', 'terminal_id')
const changeGateKey = prepareChange('gates', 'gate_id')

/** One statement: the owner's row is locked before the key it had is put aside. */
function prepareChange(table: 'terminals' | 'gates', id: 'terminal_id' | 'gate_id') {
  return prepare<{ ends_at: Date }>(
    `with before as materialized (
       select school_id, ${id} as owner_id, key_id, sealed_key from ${table}
        where school_id = $1 and ${id} = $2 for update
     ),
     put_aside as (
       insert into previous_keys as k (school_id, key_id, owner_id, sealed_key, ends_at)
       select school_id, key_id, owner_id, sealed_key, now() + $5 * interval '1 second' from before
           on conflict (owner_id, school_id) do update
          set key_id = excluded.key_id, sealed_key = excluded.sealed_key, ends_at = excluded.ends_at
       returning k.ends_at
     ),
     changed as (
       update ${table} o set key_id = $3, sealed_key = $4
         from before b where o.school_id = b.school_id and o.${id} = b.owner_id
     )
     select ends_at from put_aside`,
  )
}
