import { createHash } from 'node:crypto'
import type { CardStatus } from '@campus-ecode/protocol/card'
import type { PersonClass } from '@campus-ecode/protocol/shapes'
import { prepare, type Tx } from '../db/database.ts'

export interface IdentityCodeRow {
  code_hash: Buffer
  person_id: string
  expires_at: Date
  used_by: string | null
  revoked_at: Date | null
  class: PersonClass
  masked_name: string
  card_status: CardStatus
}

const hashOf = (code: string): Buffer => createHash('sha256').update(code).digest()

const select = prepare<IdentityCodeRow>(
  `select c.code_hash, c.person_id, c.expires_at, c.used_by, c.revoked_at, p.class, p.masked_name, y.card_status
     from identity_codes c
     join people p on p.school_id = c.school_id and p.person_id = c.person_id
     join payers y on y.school_id = c.school_id and y.person_id = c.person_id
    where c.school_id = $1 and c.code_hash = $2 for update of c`,
)

/** A code that was issued, locked: of gates that ask at once the first gets it. */
export async function findIdentityCode(
  tx: Tx,
  schoolId: string,
  code: string,
): Promise<IdentityCodeRow | undefined> {
  return (await select(tx, [schoolId, hashOf(code)]))[0]
}

const update = prepare(
  'update identity_codes set used_by = $3 where school_id = $1 and code_hash = $2',
)

export async function markUsed(
  tx: Tx,
  schoolId: string,
  codeHash: Buffer,
  gateId: string,
): Promise<void> {
  await update(tx, [schoolId, codeHash, gateId])
}

const revoke = prepare(
  `update identity_codes set revoked_at = $3
    where school_id = $1 and person_id = $2 and revoked_at is null and expires_at > $3`,
)

/** Ends the codes that the person was issued before. */
export async function revokeIdentityCodes(
  tx: Tx,
  schoolId: string,
  personId: string,
  at: Date,
): Promise<void> {
  await revoke(tx, [schoolId, personId, at])
}

const insert = prepare(
  `insert into identity_codes (school_id, code_hash, code_id, person_id, issued_at, expires_at)
   values ($1, $2, $3, $4, $5, $6)`,
)

/** Stores a code by its hash alone. */
export async function insertIdentityCode(
  tx: Tx,
  issued: {
    schoolId: string
    code: string
    codeId: string
    personId: string
    issuedAt: Date
    expiresAt: Date
  },
): Promise<void> {
  const { schoolId, code, codeId, personId, issuedAt, expiresAt } = issued
  await insert(tx, [schoolId, hashOf(code), codeId, personId, issuedAt, expiresAt])
}
