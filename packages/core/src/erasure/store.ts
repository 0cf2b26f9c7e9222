import { prepare, type Queryable, type Tx } from '../db/database.ts'

interface Owner {
  schoolId: string
  personId: string
}

const selectErased = prepare<{ erased_at: Date | null; keep_until: Date | null }>(
  `select p.erased_at, s.keep_until
     from people p
     left join sealed_away s on s.school_id = p.school_id and s.person_id = p.person_id
    where p.school_id = $1 and p.person_id = $2`,
)

/** Whether a person has been deleted, and until when a name is sealed away for the law; undefined for nobody. */
export async function findErasure(
  on: Queryable,
  { schoolId, personId }: Owner,
): Promise<{ erasedAt: Date | null; keepUntil: Date | null } | undefined> {
  const [row] = await selectErased(on, [schoolId, personId])
  return row && { erasedAt: row.erased_at, keepUntil: row.keep_until }
}

const selectPending = prepare<{ pending: boolean }>(
  `select exists (select from external_movements
                   where school_id = $1 and person_id = $2 and state = 'open')
       or exists (select from payments
                   where school_id = $1 and person_id = $2
                     and status in ('AWAITING_PASSWORD', 'PROCESSING', 'UNKNOWN', 'REVERSING'))
       or exists (select from staff_tasks k
                   join payments p on p.school_id = k.school_id and p.payment_id = k.payment_id
                  where k.school_id = $1 and k.state = 'waiting' and p.person_id = $2) as pending`,
)

/** Whether anybody has yet to decide something about a person's money. */
export async function isMoneyMoving(tx: Tx, { schoolId, personId }: Owner): Promise<boolean> {
  return (await selectPending(tx, [schoolId, personId]))[0]?.pending ?? false
}

const selectUsed = prepare<{ used: boolean }>(
  `select exists (select from payments where school_id = $1 and person_id = $2)
       or exists (select from external_movements where school_id = $1 and person_id = $2)
       or exists (select from wallets where school_id = $1 and person_id = $2 and opened_at is not null) as used`,
)

/** Whether there is anything of which the law wants to know whose it was. */
export async function hasBooks(tx: Tx, { schoolId, personId }: Owner): Promise<boolean> {
  return (await selectUsed(tx, [schoolId, personId]))[0]?.used ?? false
}

const insertSealed = prepare(
  `insert into sealed_away (school_id, person_id, sealed, keep_until)
   values ($1, $2, $3, now() + make_interval(years => $4))`,
)
export async function sealAway(
  tx: Tx,
  { schoolId, personId }: Owner,
  sealed: Uint8Array,
  years: number,
): Promise<void> {
  await insertSealed(tx, [schoolId, personId, sealed, years])
}

const selectSealed = prepare<{ sealed: Buffer }>(
  'select sealed from sealed_away where school_id = $1 and person_id = $2',
)
export async function findSealedAway(
  on: Queryable,
  { schoolId, personId }: Owner,
): Promise<Buffer | undefined> {
  return (await selectSealed(on, [schoolId, personId]))[0]?.sealed
}

const blankPerson = prepare(
  `update people
      set erased_at = now(), sealed = $3, card_no_index = $4, masked_name = $5, masked_card_no = '', campus = null,
          groups = '{}', agreement_urged = false, wechat_notices = false, phone_tail_index = ''
    where school_id = $1 and person_id = $2`,
)

/** The person's row names nobody from now on. @param blank No name and no number, sealed. */
export async function blankPersonRow(
  tx: Tx,
  { schoolId, personId }: Owner,
  blank: { sealed: Uint8Array; cardNoIndex: Uint8Array; maskedName: string },
): Promise<void> {
  await blankPerson(tx, [schoolId, personId, blank.sealed, blank.cardNoIndex, blank.maskedName])
}

/** What is the person's alone and nobody's book. */
export const deletedTables = [
  'approvals',
  'card_bindings',
  'channel_sign_ins',
  'collection_lookups',
  'enrolments',
  'notices',
  'payment_passwords',
  'payment_tokens',
  'refused_calls',
  'service_tickets',
  'sign_in_bindings',
  'sign_in_tickets',
  'sign_ins',
  'utility_look_ups',
  'verifications',
  'water_passwords',
  'wechat_bindings',
  'wechat_messages',
  'wechat_sign_ins',
]
const deletions = deletedTables.map((table) =>
  prepare(`delete from ${table} where school_id = $1 and person_id = $2`),
)

// What stays, because other things refer to it, and says nothing of anybody any more.
const blanks = [
  `update bank_cards set token = '', bank_name = '', tail = '0000', unbound_at = coalesce(unbound_at, now())
    where school_id = $1 and person_id = $2`,
  `update payers set bank_card_id = null, low_balance_fen = null where school_id = $1 and person_id = $2`,
  `update wallets set agreement_signed_at = null, face_checked_at = null
    where school_id = $1 and person_id = $2`,
  `update devices set status = 'removed', label = '' where school_id = $1 and person_id = $2`,
  `update utility_top_ups set label = '', account_no = '', receipt = null
    where school_id = $1 and person_id = $2`,
  `update access_credentials set label = '' where school_id = $1 and person_id = $2`,
  `update access_records set person_id = null, credential_hash = null
    where school_id = $1 and person_id = $2`,
  `update consents set withdrawn_at = now()
    where school_id = $1 and person_id = $2 and withdrawn_at is null`,
].map((sql) => prepare(sql))

const blankNames = ['payments', 'water_sessions'].map((table) =>
  prepare(`update ${table} set masked_name = $3 where school_id = $1 and person_id = $2`),
)

export async function deleteWhatIsTheirs(
  tx: Tx,
  { schoolId, personId }: Owner,
  maskedName: string,
): Promise<void> {
  for (const run of [...deletions, ...blanks]) await run(tx, [schoolId, personId])
  for (const run of blankNames) await run(tx, [schoolId, personId, maskedName])
}
