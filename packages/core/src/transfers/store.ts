import type { CardStatus } from '@campus-ecode/protocol/card'
import type { Transfer } from '@campus-ecode/protocol/wallet'
import { prepare, type Queryable, type Tx } from '../db/database.ts'
import type { MovementOutcome } from '../movements/store.ts'

/** A top-up or withdrawal: the external movement and the card it is about. */
export interface TransferRow {
  school_id: string
  movement_id: string
  kind: 'top_up' | 'withdrawal'
  person_id: string
  bank_card_id: string
  amount_fen: number
  state: 'open' | 'done'
  outcome: MovementOutcome | null
  unknown_at: Date | null
  created_at: Date
  settled_at: Date | null
  bank_name: string
  tail: string
}

/** A transfer as its person sees it. */
export function toTransfer(row: TransferRow): Transfer {
  return {
    transferId: row.movement_id,
    kind: row.kind,
    status: statusOf(row),
    amountFen: row.amount_fen,
    bankName: row.bank_name,
    cardTail: row.tail,
    createdAt: row.created_at.toISOString(),
    settledAt: row.settled_at?.toISOString() ?? null,
  }
}

function statusOf({ state, outcome, unknown_at }: TransferRow): Transfer['status'] {
  if (state === 'open') return unknown_at ? 'UNKNOWN' : 'PROCESSING'
  return outcome === 'succeeded' ? 'SUCCEEDED' : 'DECLINED'
}

const SELECT = `
  select m.school_id, m.movement_id, m.kind, m.person_id, m.bank_card_id, m.amount_fen, m.state,
         m.outcome, m.unknown_at, m.created_at, m.settled_at, c.bank_name, c.tail
    from external_movements m
    join bank_cards c on c.school_id = m.school_id and c.card_id = m.bank_card_id`
const IS_TRANSFER = `m.kind in ('top_up', 'withdrawal')`

const selectOne = prepare<TransferRow>(
  `${SELECT} where m.school_id = $1 and m.movement_id = $2 and m.person_id = $3 and ${IS_TRANSFER}`,
)
export async function findTransfer(
  on: Queryable,
  schoolId: string,
  personId: string,
  transferId: string,
): Promise<TransferRow | undefined> {
  return (await selectOne(on, [schoolId, transferId, personId]))[0]
}

const selectPending = prepare<TransferRow>(
  `${SELECT} where m.school_id = $1 and m.person_id = $2 and ${IS_TRANSFER} and m.state = 'open'
    order by m.created_at desc, m.movement_id desc`,
)
/** What the bank has not decided of a person's transfers, newest first. */
export async function findPendingTransfers(
  on: Queryable,
  schoolId: string,
  personId: string,
): Promise<Transfer[]> {
  return (await selectPending(on, [schoolId, personId])).map(toTransfer)
}

const selectByIds = prepare<TransferRow>(
  `${SELECT}
    join unnest($1::text[], $2::uuid[]) as wanted (school_id, id)
      on wanted.school_id = m.school_id and wanted.id = m.movement_id
   where ${IS_TRANSFER}`,
)
/** Transfers of any people, by school and id. */
export async function findTransfersById(
  on: Queryable,
  wanted: readonly { schoolId: string; transferId: string }[],
): Promise<TransferRow[]> {
  return selectByIds(on, [
    wanted.map(({ schoolId }) => schoolId),
    wanted.map(({ transferId }) => transferId),
  ])
}

const selectWallet = prepare<{
  card_status: CardStatus
  wallet_status: 'not_open' | 'open' | 'closed'
  wallet_fen: number
}>(
  `select card_status, wallet_status, wallet_fen
     from payers where school_id = $1 and person_id = $2 for update`,
)
/** Locks the row that a payment, an unbinding and a closing lock too. */
export async function lockWallet(tx: Tx, schoolId: string, personId: string) {
  return (await selectWallet(tx, [schoolId, personId]))[0]
}

const selectBound = prepare<{ bound: 1 }>(
  `select 1 as bound from bank_cards
    where school_id = $1 and card_id = $2 and person_id = $3 and unbound_at is null`,
)
export async function isCardBound(
  tx: Tx,
  schoolId: string,
  personId: string,
  cardId: string,
): Promise<boolean> {
  return (await selectBound(tx, [schoolId, cardId, personId])).length > 0
}

const selectPayment = prepare<{ taken: 1 }>(
  'select 1 as taken from payments where school_id = $1 and payment_id = $2',
)
/** Whether an id that a page has chosen is an order's. */
export async function isPaymentId(tx: Tx, schoolId: string, id: string): Promise<boolean> {
  return (await selectPayment(tx, [schoolId, id])).length > 0
}
