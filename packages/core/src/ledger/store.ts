import type { ForeignKind } from '@campus-ecode/protocol/shapes'
import { prepare, type Tx } from '../db/database.ts'

/** Accounts of the books, as they stand in postings. Wallets and merchants are owed money; clearing is owed to us. */
export const accountNames = {
  wallet: (personId: string) => `wallet/${personId}`,
  merchant: (merchantId: string) => `merchant/${merchantId}`,
  clearing: (port: 'bank' | 'one_card' | ForeignKind) => `clearing/${port}`,
  /** What a shower has taken out of a wallet and not yet charged (R26). */
  hold: (sessionId: string) => `hold/${sessionId}`,
  /** What has left wallets and has not yet left us: each open withdrawal. */
  transit: (port: 'bank') => `transit/${port}`,
}

export interface Posting {
  schoolId: string
  transactionId: string
  kind:
    | 'payment'
    | 'reversal'
    | 'refund'
    | 'top_up'
    | 'withdrawal'
    | 'withdrawal_posted'
    | 'withdrawal_voided'
    | 'hold'
    | 'release'
  debitAccount: string
  creditAccount: string
  amountFen: number
  paymentId: string | null
  personId: string
  /** The wallet after this posting, when it is one of the two sides. */
  wallet?: { version: number; fen: number }
}

const insert = prepare(
  `insert into postings (school_id, transaction_id, kind, debit_account, credit_account, amount_fen,
                         payment_id, person_id, wallet_version, wallet_fen)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
)

/** Appends one posting; the books are never edited. */
export async function insertPosting(tx: Tx, posting: Posting): Promise<void> {
  await insert(tx, [
    posting.schoolId,
    posting.transactionId,
    posting.kind,
    posting.debitAccount,
    posting.creditAccount,
    posting.amountFen,
    posting.paymentId,
    posting.personId,
    posting.wallet?.version ?? null,
    posting.wallet?.fen ?? null,
  ])
}

const update = prepare<{ wallet_fen: number; wallet_version: number }>(
  `update payers set wallet_fen = wallet_fen + $3, wallet_version = wallet_version + 1
    where school_id = $1 and person_id = $2
   returning wallet_fen, wallet_version`,
)

/** Raises a wallet and its version; the posting that says why belongs into the same transaction. */
export async function creditWallet(
  tx: Tx,
  schoolId: string,
  personId: string,
  amountFen: number,
): Promise<{ version: number; fen: number }> {
  const [row] = await update(tx, [schoolId, personId, amountFen])
  if (!row) throw new Error('the wallet to be credited does not exist')
  return { version: row.wallet_version, fen: row.wallet_fen }
}

/** Lowers a wallet that its transaction has locked and found to hold enough. */
export async function debitWallet(
  tx: Tx,
  schoolId: string,
  personId: string,
  amountFen: number,
): Promise<{ version: number; fen: number }> {
  return creditWallet(tx, schoolId, personId, -amountFen)
}

const giveBack = prepare(
  `update payers
      set spent_fen = case when spent_on = $3 then greatest(0, spent_fen - $4) else spent_fen end,
          static_fen = case when $5 and static_on = $3 then greatest(0, static_fen - $4) else static_fen end
    where school_id = $1 and person_id = $2`,
)

/**
 * A payment that came to nothing no longer counts against its day's limits (R15).
 *
 * @param isStatic It was to a collection code, which has a ceiling of its own.
 */
export async function giveBackAllowance(
  tx: Tx,
  schoolId: string,
  personId: string,
  day: string,
  amountFen: number,
  isStatic: boolean,
): Promise<void> {
  await giveBack(tx, [schoolId, personId, day, amountFen, isStatic])
}
