import { prepare, type Queryable } from '../db/database.ts'
import {
  type EntryRow,
  SELECT_PAYMENTS,
  SELECT_REFUNDS,
  SELECT_REVERSALS,
  SELECT_TRANSFERS,
} from './entry.ts'

/** Where a page of the bill ended: microseconds since 1970 and the entry. */
export interface BillCursor {
  atMicros: number
  entryId: string
}

// $1 school, $2 person, $3 month as YYYY-MM; a month is Asia/Shanghai's.
const BEGIN = `(($3 || '-01')::timestamp at time zone 'Asia/Shanghai')`
const END = `((($3 || '-01')::timestamp + interval '1 month') at time zone 'Asia/Shanghai')`
const inMonth = (column: string) => `${column} >= ${BEGIN} and ${column} < ${END}`

/** Orders that were refused moved nothing and are not on the bill. */
const PAYMENTS_OF_PERSON = `p.school_id = $1 and p.person_id = $2 and p.status <> 'REFUSED'`
const REVERSALS_OF_PERSON = `b.school_id = $1 and b.person_id = $2 and b.kind = 'reversal'`
const TRANSFERS_OF_PERSON = `x.school_id = $1 and x.person_id = $2 and x.kind in ('top_up', 'withdrawal')`

const selectPage = prepare<EntryRow & { at_micros: number }>(
  `select *, (extract(epoch from at) * 1000000)::bigint as at_micros
     from (${SELECT_PAYMENTS} where ${PAYMENTS_OF_PERSON} and ${inMonth('p.created_at')}
           union all
           ${SELECT_REFUNDS} where r.school_id = $1 and r.person_id = $2 and r.status <> 'DECLINED'
              and ${inMonth('r.created_at')}
           union all
           ${SELECT_REVERSALS} where ${REVERSALS_OF_PERSON} and ${inMonth('b.posted_at')}
           union all
           ${SELECT_TRANSFERS} where ${TRANSFERS_OF_PERSON} and ${inMonth('x.created_at')}) entries
    where $4::bigint is null
       or (at, entry_id) < ('epoch'::timestamptz + $4::bigint * interval '1 microsecond', $5::uuid)
    order by at desc, entry_id desc
    limit $6`,
)

/** A page of a month's bill, newest first. */
export async function findBillPage(
  on: Queryable,
  schoolId: string,
  personId: string,
  month: string,
  after: BillCursor | undefined,
  count: number,
): Promise<(EntryRow & { at_micros: number })[]> {
  const { atMicros = null, entryId = null } = after ?? {}
  return selectPage(on, [schoolId, personId, month, atMicros, entryId, count])
}

/** What is open at the bank, or was declined there, has not moved. */
const transferredFen = (kind: 'top_up' | 'withdrawal') => `
          coalesce((select sum(x.amount_fen) from external_movements x
                     where ${TRANSFERS_OF_PERSON} and x.kind = '${kind}' and x.outcome = 'succeeded'
                       and ${inMonth('x.created_at')}), 0)::bigint`

const selectTotals = prepare<{ out_fen: number; in_fen: number }>(
  `select coalesce((select sum(p.amount_fen) from payments p
                     where ${PAYMENTS_OF_PERSON} and p.paid_at is not null
                       and ${inMonth('p.created_at')}), 0)::bigint
          + ${transferredFen('withdrawal')} as out_fen,
          coalesce((select sum(r.amount_fen) from refunds r
                     where r.school_id = $1 and r.person_id = $2 and r.status = 'REFUNDED'
                       and ${inMonth('r.created_at')}), 0)::bigint
          + coalesce((select sum(b.amount_fen) from postings b
                       where ${REVERSALS_OF_PERSON} and ${inMonth('b.posted_at')}), 0)::bigint
          + ${transferredFen('top_up')} as in_fen`,
)

/** What moved in a month: paid or withdrawn, and returned or topped up. */
export async function sumBill(
  on: Queryable,
  schoolId: string,
  personId: string,
  month: string,
): Promise<{ outFen: number; inFen: number }> {
  const [row] = await selectTotals(on, [schoolId, personId, month])
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
