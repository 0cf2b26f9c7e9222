import { prepare, type Queryable, type Tx } from '../db/database.ts'
import { limitMessages } from '../people/limit-messages.ts'

const LIFETIME_MINUTES = 10

export interface VerificationRow {
  means: 'bank_card' | 'school_phone' | 'binding'
  code_hash: Buffer | null
  tries_left: number
  expired: boolean
  confirmed: boolean
  /** Good for setting a password now. */
  usable: boolean
}

const COLUMNS = `means, code_hash, tries_left, expires_at <= now() as expired,
                 confirmed_at is not null as confirmed,
                 spent_at is null and confirmed_at is not null
                   and confirmed_at > now() - interval '${LIFETIME_MINUTES} minutes' as usable`

const insert = prepare<{ expires_at: Date }>(
  `insert into verifications (school_id, verification_id, person_id, means, card_id, code_hash, expires_at)
   values ($1, $2, $3, $4, $5, $6, now() + interval '${LIFETIME_MINUTES} minutes')
   returning expires_at`,
)

export async function insertVerification(
  tx: Tx,
  verification: {
    schoolId: string
    verificationId: string
    personId: string
    means: 'bank_card' | 'school_phone'
    cardId?: string
    codeHash?: Uint8Array
  },
): Promise<Date> {
  const { schoolId, verificationId, personId, means, cardId, codeHash } = verification
  const values = [schoolId, verificationId, personId, means, cardId ?? null, codeHash ?? null]
  const [row] = await insert(tx, values)
  if (!row) throw new Error('the verification was not stored')
  return row.expires_at
}

const remove = prepare('delete from verifications where school_id = $1 and verification_id = $2')

/** Surely nobody was asked to send it, so nothing counts. */
export async function deleteVerification(
  on: Queryable,
  schoolId: string,
  verificationId: string,
): Promise<void> {
  await remove(on, [schoolId, verificationId])
}

const turnDown = prepare(
  `update verifications set expires_at = sent_at
    where school_id = $1 and verification_id = $2`,
)

/** No message was sent for it, so it was over as soon as it began; it counts for the day. */
export async function markTurnedDown(
  on: Queryable,
  schoolId: string,
  verificationId: string,
): Promise<void> {
  await turnDown(on, [schoolId, verificationId])
}

/** After one that was turned down nobody need wait a minute. */
export const limitVerifications = limitMessages({
  table: 'verifications',
  sentAt: 'sent_at',
  where: "means <> 'binding'",
  spaced: 'expires_at > sent_at',
})

const selectForUpdate = prepare<VerificationRow>(
  `select ${COLUMNS} from verifications
    where school_id = $1 and verification_id = $2 and person_id = $3 for update`,
)

export async function lockVerification(
  tx: Tx,
  schoolId: string,
  verificationId: string,
  personId: string,
): Promise<VerificationRow | undefined> {
  return (await selectForUpdate(tx, [schoolId, verificationId, personId]))[0]
}

const addTries = prepare(
  `update verifications set tries_left = tries_left + $3
    where school_id = $1 and verification_id = $2`,
)

export async function spendTry(tx: Tx, schoolId: string, verificationId: string): Promise<void> {
  await addTries(tx, [schoolId, verificationId, -1])
}

/** Nobody has looked at the code. */
export async function giveTryBack(
  on: Queryable,
  schoolId: string,
  verificationId: string,
): Promise<void> {
  await addTries(on, [schoolId, verificationId, 1])
}

const confirm = prepare(
  `update verifications set confirmed_at = now()
    where school_id = $1 and verification_id = $2 and confirmed_at is null`,
)

export async function markConfirmed(
  on: Queryable,
  schoolId: string,
  verificationId: string,
): Promise<void> {
  await confirm(on, [schoolId, verificationId])
}

const spend = prepare<{ spent: 1 }>(
  `update verifications set spent_at = now()
    where school_id = $1 and verification_id = $2 and person_id = $3 and spent_at is null
   returning 1 as spent`,
)

/** @returns false when somebody was faster. */
export async function spendVerification(
  tx: Tx,
  schoolId: string,
  verificationId: string,
  personId: string,
): Promise<boolean> {
  return (await spend(tx, [schoolId, verificationId, personId])).length > 0
}

const selectBound = prepare<{ token: string }>(
  `select token from bank_cards
    where school_id = $1 and person_id = $2 and unbound_at is null
      and ($3::uuid is null or card_id = $3)
    limit 1`,
)

/** The bank's token of a bound card; of any, without a card. */
export async function findCardToken(
  on: Queryable,
  schoolId: string,
  personId: string,
  cardId?: string,
): Promise<string | undefined> {
  return (await selectBound(on, [schoolId, personId, cardId ?? null]))[0]?.token
}
