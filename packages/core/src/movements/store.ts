import type { ForeignKind } from '@campus-ecode/protocol/shapes'
import { prepare, type Queryable, type Tx } from '../db/database.ts'
import { isForeign } from '../foreign-codes/foreign-codes.ts'

export type MovementKind = 'debit' | 'refund' | 'top_up' | 'withdrawal' | 'utility_top_up'
export type Port = 'bank' | 'one_card' | ForeignKind

/** Money asked of the bank, the one-card system or another system; written before the first send. */
export interface Movement {
  school_id: string
  /** The payment's, refund's or transfer's own id. */
  movement_id: string
  kind: MovementKind
  port: Port
  reference: string
  debit_reference: string | null
  person_id: string
  bank_card_id: string | null
  amount_fen: number
  state: 'open' | 'done'
  attempt_count: number
  outcome: MovementOutcome | null
  /** Transfers: since when nobody knows the outcome. */
  unknown_at: Date | null
  created_at: Date
  settled_at: Date | null
}
export type MovementOutcome = 'succeeded' | 'declined' | 'reversed'

/** As it is before its first attempt. */
export type NewMovement = Omit<
  Movement,
  'state' | 'attempt_count' | 'outcome' | 'unknown_at' | 'created_at' | 'settled_at'
>

/** What the outside system knows the debit of a payment by: whoever takes codes takes 32 letters and digits. */
export function referenceOfDebit(port: Port, paymentId: string): string {
  return isForeign(port) ? paymentId.replaceAll('-', '') : `pay-${paymentId}`
}

/** One that is being tried. */
export type StartedMovement = Movement & { age_seconds: number }

const insert = prepare<{ inserted: 1 }>(
  `insert into external_movements (school_id, movement_id, kind, port, reference, debit_reference,
                                   person_id, bank_card_id, amount_fen, next_attempt_at)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, now() + interval '15 seconds')
   on conflict do nothing
   returning 1 as inserted`,
)

/**
 * Writes the intent. The lease keeps the worker away while the maker is still asking.
 *
 * @returns False when there is a movement of that id already.
 */
export async function insertMovement(tx: Tx, movement: NewMovement): Promise<boolean> {
  const [row] = await insert(tx, [
    movement.school_id,
    movement.movement_id,
    movement.kind,
    movement.port,
    movement.reference,
    movement.debit_reference,
    movement.person_id,
    movement.bank_card_id,
    movement.amount_fen,
  ])
  return row !== undefined
}

const begin = prepare<StartedMovement>(
  `update external_movements
      set attempt_count = attempt_count + 1, next_attempt_at = now() + interval '15 seconds'
    where school_id = $1 and movement_id = $2 and state = 'open'
   returning *, extract(epoch from now() - created_at)::float8 as age_seconds`,
)

/** Counts an attempt before it is made, so that after a crash nobody believes it was never sent. */
export async function beginAttempt(
  on: Queryable,
  schoolId: string,
  movementId: string,
): Promise<StartedMovement | undefined> {
  return (await begin(on, [schoolId, movementId]))[0]
}

const selectForUpdate = prepare<Movement>(
  'select * from external_movements where school_id = $1 and movement_id = $2 for update',
)
export async function lockMovement(
  tx: Tx,
  schoolId: string,
  movementId: string,
): Promise<Movement | undefined> {
  return (await selectForUpdate(tx, [schoolId, movementId]))[0]
}

const close = prepare(
  `update external_movements set state = 'done', outcome = $3, settled_at = now()
    where school_id = $1 and movement_id = $2`,
)
export async function closeMovement(
  tx: Tx,
  schoolId: string,
  movementId: string,
  outcome: MovementOutcome,
): Promise<void> {
  await close(tx, [schoolId, movementId, outcome])
}

const setUnknown = prepare<{ marked: 1 }>(
  `update external_movements set unknown_at = now()
    where school_id = $1 and movement_id = $2 and state = 'open' and unknown_at is null
   returning 1 as marked`,
)
/** @returns Whether that is news. */
export async function markMovementUnknown(
  tx: Tx,
  schoolId: string,
  movementId: string,
): Promise<boolean> {
  return (await setUnknown(tx, [schoolId, movementId])).length > 0
}

const reopen = prepare(
  `update external_movements
      set state = 'open', next_attempt_at = now() + interval '15 seconds'
    where school_id = $1 and movement_id = $2 and kind = 'debit'`,
)
/** A reversal has more to ask of the outside system. */
export async function reopenMovement(tx: Tx, schoolId: string, movementId: string): Promise<void> {
  await reopen(tx, [schoolId, movementId])
}

// Half a second, then twice as long each time, at most a minute. Who takes codes is asked every three
// seconds while it waits for its payer, as WeChat wants it.
const postpone = prepare(
  `update external_movements
      set next_attempt_at = now() + case
            when port in ('wechat', 'alipay', 'unionpay') and created_at > now() - interval '2 minutes' then interval '3 seconds'
            else least(interval '60 seconds', interval '250 milliseconds' * 2 ^ least(attempt_count, 10)) end
    where school_id = $1 and movement_id = $2 and state = 'open'`,
)
export async function postponeMovement(
  on: Queryable,
  schoolId: string,
  movementId: string,
): Promise<void> {
  await postpone(on, [schoolId, movementId])
}

const claim = prepare<{ school_id: string; movement_id: string }>(
  `update external_movements m
      set next_attempt_at = now() + interval '15 seconds'
    from (select school_id, movement_id from external_movements
           where port = $1 and state = 'open' and next_attempt_at <= now()
           order by next_attempt_at limit $2 for update skip locked) due
    where m.school_id = due.school_id and m.movement_id = due.movement_id
   returning m.school_id, m.movement_id`,
)
/** Takes over movements at one outside system whose maker is gone or gave up for now; each goes to one worker. */
export async function claimDueMovements(on: Queryable, port: Port | 'utility', countMax: number) {
  return claim(on, [port, countMax])
}

const cardToken = prepare<{ token: string }>(
  'select token from bank_cards where school_id = $1 and card_id = $2',
)
export async function findBankCardToken(
  on: Queryable,
  schoolId: string,
  cardId: string,
): Promise<string> {
  const [card] = await cardToken(on, [schoolId, cardId])
  if (!card) throw new Error('a movement names a bank card that does not exist')
  return card.token
}
