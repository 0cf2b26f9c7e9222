import type { BillFilter } from '@campus-ecode/protocol/bill'
import { prepare, type Queryable } from '../db/database.ts'
import { isBeyond, microsOf, type Place } from '../db/place.ts'
import {
  type EntryRow,
  SELECT_PAYMENTS,
  SELECT_REFUNDS,
  SELECT_REVERSALS,
  SELECT_TRANSFERS,
} from './entry.ts'

/** A person's month, narrowed. */
export interface BillKey {
  schoolId: string
  personId: string
  month: string
  filter: BillFilter
}

// $1 school, $2 person, $3 month as YYYY-MM; a month is Asia/Shanghai's.
const BEGIN = `(($3 || '-01')::timestamp at time zone 'Asia/Shanghai')`
const END = `((($3 || '-01')::timestamp + interval '1 month') at time zone 'Asia/Shanghai')`
const inMonth = (column: string) => `${column} >= ${BEGIN} and ${column} < ${END}`

/** Orders that were refused moved nothing and are not on the bill. */
const PAYMENTS_OF_PERSON = `p.school_id = $1 and p.person_id = $2 and p.status <> 'REFUSED'`
const REFUNDS_OF_PERSON = `r.school_id = $1 and r.person_id = $2 and r.status <> 'DECLINED'`
const REVERSALS_OF_PERSON = `b.school_id = $1 and b.person_id = $2 and b.kind = 'reversal'`
const TRANSFERS_OF_PERSON = `x.school_id = $1 and x.person_id = $2 and x.kind in ('top_up', 'withdrawal')`

/** Each kind of entry of the person's month, as EntryRow, by a filter of $4 kind, $5 channel, $6 search. */
const BRANCHES = [
  `${SELECT_PAYMENTS} where ${PAYMENTS_OF_PERSON} and ${inMonth('p.created_at')}`,
  `${SELECT_REFUNDS} where ${REFUNDS_OF_PERSON} and ${inMonth('r.created_at')}`,
  `${SELECT_REVERSALS} where ${REVERSALS_OF_PERSON} and ${inMonth('b.posted_at')}`,
  `${SELECT_TRANSFERS} where ${TRANSFERS_OF_PERSON} and ${inMonth('x.created_at')}`,
]
const FILTER = `($4::text is null or kind = $4) and ($5::text is null or channel = $5)
  and ($6::text is null or order_no = $6
       or strpos(lower(merchant_name), lower($6)) > 0 or strpos(lower(terminal_name), lower($6)) > 0)`

// Each branch reads no further than a page, along its own index.
const page = (branch: string) => `
  (select * from (${branch}) entries
    where ${FILTER} and ${isBeyond('at', 'entry_id', '$7', '$8')}
    order by at desc, entry_id desc limit $9)`
const selectPage = prepare<EntryRow & { at_micros: number }>(
  `select *, ${microsOf('at')} as at_micros
     from (${BRANCHES.map(page).join(' union all ')}) entries
    order by at desc, entry_id desc
    limit $9`,
)

/** A page of a month's bill, newest first. */
export async function findBillPage(
  on: Queryable,
  { schoolId, personId, month, filter }: BillKey,
  after: Place | undefined,
  count: number,
): Promise<(EntryRow & { at_micros: number })[]> {
  const { kind = null, channel = null, search = null } = filter
  const { atMicros = null, id = null } = after ?? {}
  const values = [schoolId, personId, month, kind, channel, search, atMicros, id, count]
  return selectPage(on, values)
}

const SINCE = `now() - interval '24 months'`
const ALL_BRANCHES = [
  `${SELECT_PAYMENTS} where p.school_id = $1 and p.person_id = $2 and p.created_at >= ${SINCE}`,
  `${SELECT_REFUNDS} where r.school_id = $1 and r.person_id = $2 and r.created_at >= ${SINCE}`,
  `${SELECT_REVERSALS} where ${REVERSALS_OF_PERSON} and b.posted_at >= ${SINCE}`,
  `${SELECT_TRANSFERS} where ${TRANSFERS_OF_PERSON} and x.created_at >= ${SINCE}`,
]
const pageOfAll = (branch: string) => `
  (select * from (${branch}) entries where ${isBeyond('at', 'entry_id', '$3', '$4')}
    order by at desc, entry_id desc limit $5)`
const selectAll = prepare<EntryRow & { at_micros: number }>(
  `select *, ${microsOf('at')} as at_micros
     from (${ALL_BRANCHES.map(pageOfAll).join(' union all ')}) entries
    order by at desc, entry_id desc
    limit $5`,
)

/** A page of everything of the last 24 months, newest first: refused and declined entries too (R42). */
export async function findAllEntries(
  on: Queryable,
  schoolId: string,
  personId: string,
  after: Place | undefined,
  count: number,
): Promise<(EntryRow & { at_micros: number })[]> {
  return selectAll(on, [schoolId, personId, after?.atMicros ?? null, after?.id ?? null, count])
}

// What waits, is open at the bank, or was declined there, has not moved.
const MOVED = `case kind when 'payment' then channel is not null
                         when 'refund' then status = 'REFUNDED'
                         when 'reversal' then true
                         else status = 'SUCCEEDED' end`
const selectTotals = prepare<{ out_fen: number; in_fen: number }>(
  `select coalesce(sum(amount_fen) filter (where kind in ('payment', 'withdrawal')), 0)::bigint as out_fen,
          coalesce(sum(amount_fen) filter (where kind not in ('payment', 'withdrawal')), 0)::bigint as in_fen
     from (${BRANCHES.join(' union all ')}) entries
    where ${FILTER} and ${MOVED}`,
)

/** What moved in a month: paid or withdrawn, and returned or topped up. */
export async function sumBill(
  on: Queryable,
  { schoolId, personId, month, filter }: BillKey,
): Promise<{ outFen: number; inFen: number }> {
  const { kind = null, channel = null, search = null } = filter
  const [row] = await selectTotals(on, [schoolId, personId, month, kind, channel, search])
  return { outFen: row?.out_fen ?? 0, inFen: row?.in_fen ?? 0 }
}

const selectEntry = prepare<EntryRow>(
  `${SELECT_PAYMENTS} where p.school_id = $1 and p.person_id = $2 and p.payment_id = $3
   union all
   ${SELECT_REFUNDS} where r.school_id = $1 and r.person_id = $2 and r.refund_id = $3
   union all
   ${SELECT_REVERSALS} where ${REVERSALS_OF_PERSON} and b.transaction_id = $3
   union all
   ${SELECT_TRANSFERS} where ${TRANSFERS_OF_PERSON} and x.movement_id = $3`,
)

/** One entry of a person, by its id; refused orders too, which events lead to. */
export async function findBillEntry(
  on: Queryable,
  schoolId: string,
  personId: string,
  entryId: string,
): Promise<EntryRow | undefined> {
  return (await selectEntry(on, [schoolId, personId, entryId]))[0]
}
