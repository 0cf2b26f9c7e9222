import { prepare, type Tx } from '../db/database.ts'

/** Thrown inside an operation's transaction, so that everything it did is rolled back. */
export class NonceSeen extends Error {
  readonly refused: 'SIGNATURE_REPLAYED' | 'PROOF_REPLAYED'

  constructor(refused: NonceSeen['refused']) {
    super('a nonce was seen before')
    this.name = 'NonceSeen'
    this.refused = refused
  }
}

// Signatures and proofs are believed for a minute on either side of now; a minute more for clocks.
const insert = prepare(
  `insert into seen_nonces (school_id, key_id, nonce, expires_at)
   values ($1, $2, $3, now() + interval '3 minutes')
       on conflict do nothing
   returning nonce`,
)

/** Remembers the nonce of a request's signature. Throws NonceSeen at a second sight of it. */
export async function claimSignatureNonce(
  tx: Tx,
  schoolId: string,
  keyId: string,
  nonce: string,
): Promise<void> {
  const rows = await insert(tx, [schoolId, keyId, nonce])
  if (rows.length === 0) throw new NonceSeen('SIGNATURE_REPLAYED')
}

/** Remembers a page's DPoP `jti` (RFC 9449 §11.1), per person so that pages cannot disturb others. */
export async function claimProof(
  tx: Tx,
  schoolId: string,
  personId: string,
  jti: string,
): Promise<void> {
  const rows = await insert(tx, [schoolId, `proof/${personId}`, jti])
  if (rows.length === 0) throw new NonceSeen('PROOF_REPLAYED')
}
