import type { CardStatus } from '@campus-ecode/protocol/card'
import type { Account, PersonClass } from '@campus-ecode/protocol/shapes'
import { prepare, type Queryable, type Tx } from '../db/database.ts'

export interface CardRow {
  card_status: CardStatus
  masked_name: string
  masked_card_no: string
  class: PersonClass
  campus: string | null
  name: string
  name_en: string
  accent: string
  support_contact: string
}

const selectCard = prepare<CardRow>(
  `select y.card_status, p.masked_name, p.masked_card_no, p.class, p.campus,
          s.name, s.name_en, s.accent, s.support_contact
     from people p
     join payers y on y.school_id = p.school_id and y.person_id = p.person_id
     join schools s on s.school_id = p.school_id
    where p.school_id = $1 and p.person_id = $2`,
)

export async function findCard(
  on: Queryable,
  schoolId: string,
  personId: string,
): Promise<CardRow | undefined> {
  return (await selectCard(on, [schoolId, personId]))[0]
}

export interface PayerRow {
  card_status: CardStatus
  default_account: Account
  one_card_status: 'not_open' | 'open'
  wallet_status: 'not_open' | 'open' | 'closed'
  wallet_fen: number
  bank_card_id: string | null
  single_limit_fen: number
  daily_limit_fen: number
  /** R41: the person's own threshold. */
  low_balance_fen: number | null
}

const selectForUpdate = prepare<PayerRow>(
  `select card_status, default_account, one_card_status, wallet_status, wallet_fen, bank_card_id,
          single_limit_fen, daily_limit_fen, low_balance_fen
     from payers where school_id = $1 and person_id = $2 for update`,
)

/**
 * Locks what a payment locks too: card, wallet and the day's spending of one person. Lock order
 * everywhere: payer first, then wallet, bank cards, bindings, approvals and movements.
 */
export async function lockPayer(
  tx: Tx,
  schoolId: string,
  personId: string,
): Promise<PayerRow | undefined> {
  return (await selectForUpdate(tx, [schoolId, personId]))[0]
}

const selectAllForUpdate = prepare(
  `select 1 from payers where school_id = $1 and person_id = any ($2)
    order by person_id for update`,
)

/** As `lockPayer`, of many people, always in the same order. */
export async function lockPayers(
  tx: Tx,
  schoolId: string,
  personIds: readonly string[],
): Promise<void> {
  await selectAllForUpdate(tx, [schoolId, personIds])
}

const updateStatus = prepare(
  'update payers set card_status = $3 where school_id = $1 and person_id = $2',
)

export async function setCardStatus(
  tx: Tx,
  schoolId: string,
  personId: string,
  status: CardStatus,
): Promise<void> {
  await updateStatus(tx, [schoolId, personId, status])
}
