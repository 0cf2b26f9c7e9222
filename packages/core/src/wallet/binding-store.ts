import { prepare, type Tx } from '../db/database.ts'
import { limitMessages } from '../people/limit-messages.ts'
import type { FaceStatus } from './face-store.ts'

/** How long the bank's SMS code may be brought back. */
const LIFETIME_MINUTES = 10

/**
 * Also what the bank turned down counts for the day: it must not be asked until it says yes. Who has
 * mistyped a digit need not wait a minute, though.
 */
export const limitBindings = limitMessages({
  table: 'card_bindings',
  sentAt: 'started_at',
  spaced: 'not turned_down',
})

const insert = prepare<{ expires_at: Date }>(
  `insert into card_bindings (school_id, binding_id, person_id, expires_at)
   values ($1, $2, $3, now() + interval '${LIFETIME_MINUTES} minutes')
   returning expires_at`,
)

/** Written before the bank is asked. */
export async function insertBinding(
  tx: Tx,
  schoolId: string,
  bindingId: string,
  personId: string,
): Promise<Date> {
  const [row] = await insert(tx, [schoolId, bindingId, personId])
  if (!row) throw new Error('the binding was not stored')
  return row.expires_at
}

const update = prepare(
  'update card_bindings set bank_name = $3, tail = $4 where school_id = $1 and binding_id = $2',
)

/** The bank found that all agrees, and has sent its SMS. */
export async function markChecked(
  tx: Tx,
  schoolId: string,
  bindingId: string,
  { bankName, tail }: { bankName: string; tail: string },
): Promise<void> {
  await update(tx, [schoolId, bindingId, bankName, tail])
}

const turnDown = prepare(
  'update card_bindings set turned_down = true where school_id = $1 and binding_id = $2',
)

/** No SMS was sent for it. */
export async function markTurnedDown(tx: Tx, schoolId: string, bindingId: string): Promise<void> {
  await turnDown(tx, [schoolId, bindingId])
}

const remove = prepare('delete from card_bindings where school_id = $1 and binding_id = $2')

/** The bank surely was not asked, so nothing counts. */
export async function deleteBinding(tx: Tx, schoolId: string, bindingId: string): Promise<void> {
  await remove(tx, [schoolId, bindingId])
}

export interface BindingRow {
  bank_name: string
  tail: string
  expires_at: Date
  expired: boolean
  /** The bank's for the card, once the SMS code was right and until it is bound. */
  token: string | null
  /** Null where none was asked for. */
  face_status: FaceStatus | null
  face_expires_at: Date | null
  /** The card that it bound, and whether that is bound still. */
  bound_card_id: string | null
  still_bound: boolean | null
}

const selectChecked = prepare<BindingRow>(
  `select b.bank_name, b.tail, b.expires_at, b.expires_at <= now() as expired, b.token, b.face_status,
          b.face_expires_at, b.bound_card_id,
          c.unbound_at is null as still_bound
     from card_bindings b
     left join bank_cards c on c.school_id = b.school_id and c.card_id = b.bound_card_id
    where b.school_id = $1 and b.binding_id = $2 and b.person_id = $3 and b.bank_name is not null`,
)

/** A person's binding that the bank has passed. The payer's lock guards it. */
export async function findBinding(
  tx: Tx,
  schoolId: string,
  bindingId: string,
  personId: string,
): Promise<BindingRow | undefined> {
  return (await selectChecked(tx, [schoolId, bindingId, personId]))[0]
}

const updateToken = prepare(
  'update card_bindings set token = $3 where school_id = $1 and binding_id = $2',
)

/** The bank has taken its SMS code. */
export async function saveToken(
  tx: Tx,
  schoolId: string,
  bindingId: string,
  token: string,
): Promise<void> {
  await updateToken(tx, [schoolId, bindingId, token])
}

const bind = prepare(
  `update card_bindings set bound_card_id = $3, token = null
    where school_id = $1 and binding_id = $2`,
)

export async function markBound(
  tx: Tx,
  schoolId: string,
  bindingId: string,
  cardId: string,
): Promise<void> {
  await bind(tx, [schoolId, bindingId, cardId])
}

const insertProof = prepare(
  `insert into verifications (school_id, verification_id, person_id, means, card_id, expires_at, confirmed_at)
   values ($1, $2, $3, 'binding', $4, now() + interval '10 minutes', now())`,
)

/** The SMS that bound the card proves the phone too: one verification, under the binding's own id (R16). */
export async function insertBindingProof(
  tx: Tx,
  schoolId: string,
  bindingId: string,
  personId: string,
  cardId: string,
): Promise<void> {
  await insertProof(tx, [schoolId, bindingId, personId, cardId])
}

const selectProof = prepare<{ usable: 1 }>(
  `select 1 as usable from verifications
    where school_id = $1 and verification_id = $2 and person_id = $3
      and spent_at is null and expires_at > now()`,
)

export async function isBindingProofUsable(
  tx: Tx,
  schoolId: string,
  bindingId: string,
  personId: string,
): Promise<boolean> {
  return (await selectProof(tx, [schoolId, bindingId, personId])).length > 0
}
