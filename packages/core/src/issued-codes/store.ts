import { createHash } from 'node:crypto'
import type { Account } from '@campus-ecode/protocol/shapes'
import { prepare, type Tx } from '../db/database.ts'

const LIFETIME_SECONDS = 60

const revoke = prepare(
  `update issued_codes set revoked_at = now()
    where school_id = $1 and person_id = $2
      and revoked_at is null and used_at is null and expires_at > now()
      and ($3::bytea is null or code_hash <> $3)`,
)

const selectNewest = prepare<{ code_hash: Buffer }>(
  `select code_hash from issued_codes
    where school_id = $1 and person_id = $2 and revoked_at is null
    order by issued_at desc limit 1`,
)

/**
 * Ends the codes that the person was issued before.
 *
 * @param keepNewest All but the last one: it may be under a scanner at this moment.
 */
export async function revokeIssuedCodes(
  tx: Tx,
  schoolId: string,
  personId: string,
  keepNewest: boolean,
): Promise<void> {
  const [newest] = keepNewest ? await selectNewest(tx, [schoolId, personId]) : []
  await revoke(tx, [schoolId, personId, newest?.code_hash ?? null])
}

const insert = prepare<{ issued_at: Date; expires_at: Date }>(
  `insert into issued_codes (school_id, code_hash, code_id, person_id, account, revealed, issued_at, expires_at)
   values ($1, $2, $3, $4, $5, $6, now(), now() + interval '${LIFETIME_SECONDS} seconds')
   returning issued_at, expires_at`,
)

/** Stores a code by its hash alone. */
export async function insertIssuedCode(
  tx: Tx,
  issued: {
    schoolId: string
    code: string
    codeId: string
    personId: string
    account: Account
    revealed: boolean
  },
): Promise<{ issuedAt: Date; expiresAt: Date }> {
  const { schoolId, code, codeId, personId, account, revealed } = issued
  const codeHash = createHash('sha256').update(code).digest()
  const [row] = await insert(tx, [schoolId, codeHash, codeId, personId, account, revealed])
  if (!row) throw new Error('the code was not stored')
  return { issuedAt: row.issued_at, expiresAt: row.expires_at }
}
