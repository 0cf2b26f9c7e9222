import type { PaymentStatus, Refund } from '@campus-ecode/protocol/payments'
import type { UtilityKind } from '@campus-ecode/protocol/utilities'
import { prepare, type Queryable, type Tx } from '../db/database.ts'
import type { MovementOutcome } from '../movements/store.ts'

export interface UtilityRow {
  utility_id: string
  kind: UtilityKind
  name: string
  campus: string | null
  account_word: { 'zh-CN': string; en: string }
  terminal_id: string
  merchant_id: string
}

// R40: whoever has no campus sees everything.
const OFFERED = `
  select u.utility_id, u.kind, u.name, u.campus, u.account_word, u.terminal_id, t.merchant_id
    from utilities u
    join terminals t on t.school_id = u.school_id and t.terminal_id = u.terminal_id
    join people p on p.school_id = u.school_id and p.person_id = $2
   where u.school_id = $1 and u.enabled
     and (u.campus is null or p.campus is null or u.campus = p.campus)`
const selectOffered = prepare<UtilityRow>(`${OFFERED} order by u.name`)
const selectOne = prepare<UtilityRow>(`${OFFERED} and u.utility_id = $3`)

/** What the person's campus has. */
export async function findUtilities(
  on: Queryable,
  schoolId: string,
  personId: string,
): Promise<UtilityRow[]> {
  return selectOffered(on, [schoolId, personId])
}

export async function findUtility(
  on: Queryable,
  schoolId: string,
  personId: string,
  utilityId: string,
): Promise<UtilityRow | undefined> {
  return (await selectOne(on, [schoolId, personId, utilityId]))[0]
}

const selectRecent = prepare<{ utility_id: string; account_no: string; label: string }>(
  `select utility_id, account_no, label
     from (select r.*, row_number() over (partition by utility_id order by created_at desc) as place
             from (select distinct on (t.utility_id, t.account_no)
                          t.utility_id, t.account_no, t.label, t.created_at
                     from utility_top_ups t
                     join utilities u on u.school_id = t.school_id and u.utility_id = t.utility_id
                     join payments o on o.school_id = t.school_id and o.terminal_id = u.terminal_id
                                    and o.order_no = t.top_up_id::text
                    where t.school_id = $1 and t.person_id = $2 and o.paid_at is not null
                    order by t.utility_id, t.account_no, t.created_at desc) r) ranked
    where place <= 3
    order by utility_id, place`,
)

/** What the person has topped up before, three of each utility, newest first. */
export async function findRecentAccounts(on: Queryable, schoolId: string, personId: string) {
  return selectRecent(on, [schoolId, personId])
}

const insertLookUp = prepare('insert into utility_look_ups (school_id, person_id) values ($1, $2)')

export async function noteLookUp(tx: Tx, schoolId: string, personId: string): Promise<void> {
  await insertLookUp(tx, [schoolId, personId])
}

export interface TopUpRow {
  school_id: string
  top_up_id: string
  utility_id: string
  person_id: string
  account_no: string
  label: string
  amount_fen: number
  delivery_id: string
  receipt: string | null
  created_at: Date
  /** Of the utility. */
  kind: UtilityKind
  name: string
  campus: string | null
  terminal_id: string
  payment_id: string | null
  payment_status: PaymentStatus | null
  /** What the utility said to it; null while it has not. */
  outcome: MovementOutcome | null
  /** Of what it would not take, the last one. */
  refund_status: Refund['status'] | null
}

const TOP_UP = `
  select t.*, u.kind, u.name, u.campus, u.terminal_id, o.payment_id, o.status as payment_status, m.outcome,
         r.status as refund_status
    from utility_top_ups t
    join utilities u on u.school_id = t.school_id and u.utility_id = t.utility_id
    left join payments o on o.school_id = t.school_id and o.terminal_id = u.terminal_id
                        and o.order_no = t.top_up_id::text
    left join external_movements m on m.school_id = t.school_id and m.movement_id = t.delivery_id
    left join lateral (
      select status from refunds
       where school_id = t.school_id and terminal_id = u.terminal_id and order_no = t.top_up_id::text
       order by created_at desc limit 1) r on true`
const selectTopUp = prepare<TopUpRow>(`${TOP_UP} where t.school_id = $1 and t.top_up_id = $2`)
const selectByDelivery = prepare<TopUpRow>(
  `${TOP_UP} where t.school_id = $1 and t.delivery_id = $2`,
)

export async function findTopUp(
  on: Queryable,
  schoolId: string,
  topUpId: string,
): Promise<TopUpRow | undefined> {
  return (await selectTopUp(on, [schoolId, topUpId]))[0]
}

export async function findTopUpByDelivery(
  on: Queryable,
  schoolId: string,
  deliveryId: string,
): Promise<TopUpRow | undefined> {
  return (await selectByDelivery(on, [schoolId, deliveryId]))[0]
}

const insertRow = prepare(
  `insert into utility_top_ups (school_id, top_up_id, utility_id, person_id, account_no, label, amount_fen,
                                delivery_id)
   values ($1, $2, $3, $4, $5, $6, $7, $8)
       on conflict do nothing`,
)

/** Before its payment, so that whoever pays finds what for. Does nothing if it is there. */
export async function insertTopUp(
  on: Queryable,
  row: Pick<
    TopUpRow,
    | 'school_id'
    | 'top_up_id'
    | 'utility_id'
    | 'person_id'
    | 'account_no'
    | 'label'
    | 'amount_fen'
    | 'delivery_id'
  >,
): Promise<void> {
  await insertRow(on, [
    row.school_id,
    row.top_up_id,
    row.utility_id,
    row.person_id,
    row.account_no,
    row.label,
    row.amount_fen,
    row.delivery_id,
  ])
}

const insertMovementRow = prepare(
  `insert into external_movements (school_id, movement_id, kind, port, reference, person_id, amount_fen,
                                   next_attempt_at)
   values ($1, $2, 'utility_top_up', 'utility', 'utility-' || $2::uuid, $3, $4, now())`,
)

/** Writes the intent. Nobody waits with it in hand, so the worker may begin at once. */
export async function insertDelivery(tx: Tx, row: TopUpRow): Promise<void> {
  await insertMovementRow(tx, [row.school_id, row.delivery_id, row.person_id, row.amount_fen])
}

const updateReceipt = prepare(
  'update utility_top_ups set receipt = $3 where school_id = $1 and top_up_id = $2',
)

export async function saveReceipt(
  tx: Tx,
  schoolId: string,
  topUpId: string,
  receipt: string | null,
): Promise<void> {
  await updateReceipt(tx, [schoolId, topUpId, receipt])
}
