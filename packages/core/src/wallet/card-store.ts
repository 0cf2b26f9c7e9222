import { prepare, type Queryable, type Tx } from '../db/database.ts'

export interface BoundCardRow {
  card_id: string
  bank_name: string
  tail: string
  bound_at: Date
}

const selectBound = prepare<BoundCardRow>(
  `select card_id, bank_name, tail, bound_at from bank_cards
    where school_id = $1 and person_id = $2 and unbound_at is null
    order by bound_at, card_id`,
)

/** The cards that are bound now, oldest first. */
export async function findBoundCards(
  on: Queryable,
  schoolId: string,
  personId: string,
): Promise<BoundCardRow[]> {
  return selectBound(on, [schoolId, personId])
}

const selectByToken = prepare<{ card_id: string }>(
  `select card_id from bank_cards
    where school_id = $1 and person_id = $2 and token = $3 and unbound_at is null`,
)

/** The card that is bound by this token. */
export async function findBoundToken(
  tx: Tx,
  schoolId: string,
  personId: string,
  token: string,
): Promise<string | undefined> {
  return (await selectByToken(tx, [schoolId, personId, token]))[0]?.card_id
}

const insert = prepare(
  `insert into bank_cards (school_id, card_id, person_id, token, bank_name, tail)
   values ($1, $2, $3, $4, $5, $6)`,
)

export async function insertBankCard(
  tx: Tx,
  card: {
    schoolId: string
    cardId: string
    personId: string
    token: string
    bankName: string
    tail: string
  },
): Promise<void> {
  const { schoolId, cardId, personId, token, bankName, tail } = card
  await insert(tx, [schoolId, cardId, personId, token, bankName, tail])
}

const unbind = prepare(
  `with w as (
     update wallets set unbind_count = unbind_count + 1 where school_id = $1 and person_id = $2)
   update bank_cards set unbound_at = now()
    where school_id = $1 and person_id = $2 and card_id = $3`,
)

/** The row stays: what was paid by the card still names it. */
export async function markUnbound(
  tx: Tx,
  schoolId: string,
  personId: string,
  cardId: string,
): Promise<void> {
  await unbind(tx, [schoolId, personId, cardId])
}

const updateDefault = prepare(
  'update payers set bank_card_id = $3 where school_id = $1 and person_id = $2',
)

export async function setDefaultCard(
  tx: Tx,
  schoolId: string,
  personId: string,
  cardId: string | null,
): Promise<void> {
  await updateDefault(tx, [schoolId, personId, cardId])
}

const selectOpen = prepare<{ open: 1 }>(
  `select 1 as open from external_movements
    where school_id = $1 and person_id = $2 and state = 'open' and port in ('bank', 'utility')
      and ($3::uuid is null or bank_card_id = $3)
    limit 1`,
)

/**
 * Whether the bank has yet to decide something about a person's money: a transfer, a payment or its
 * refund; or a utility, whose no brings it back. What begins one of these, but for a refund, holds the
 * payer's lock, as the caller does.
 *
 * @param cardId Only what concerns this card.
 */
export async function isBankAsked(
  tx: Tx,
  schoolId: string,
  personId: string,
  cardId: string | null,
): Promise<boolean> {
  return (await selectOpen(tx, [schoolId, personId, cardId])).length > 0
}
