import type { Channel, PayMeans, PersonClass } from '@campus-ecode/protocol/shapes'
import { prepare, type Queryable, type Tx } from '../db/database.ts'

/** A day of a school, or of one of its merchants. */
export interface StatementScope {
  schoolId: string
  /** Asia/Shanghai, `YYYY-MM-DD`. */
  day: string
  /** null: all of them. */
  merchantId: string | null
}

export interface FinishedDay {
  finished_at: Date
  posting_count: number
  posting_fen: number
}

/** `$1` is a day: when it begins and ends. */
const beginOf = (day: string) => `(${day}::date::timestamp at time zone 'Asia/Shanghai')`
const endOf = (day: string) => `((${day}::date + 1)::timestamp at time zone 'Asia/Shanghai')`
/** Postings `p` of school `$1` on day `$2`. */
export const OF_THE_DAY = `p.school_id = $1 and p.posted_at >= ${beginOf('$2')} and p.posted_at < ${endOf('$2')}`

const schoolExists = prepare<{ one: 1 }>('select 1 as one from schools where school_id = $1')
export async function hasSchool(on: Queryable, schoolId: string): Promise<boolean> {
  return (await schoolExists(on, [schoolId])).length > 0
}

const selectFinished = prepare<FinishedDay>(
  `select finished_at, posting_count, posting_fen from statement_days where school_id = $1 and day = $2`,
)
export async function findFinishedDay(
  on: Queryable,
  schoolId: string,
  day: string,
): Promise<FinishedDay | undefined> {
  return (await selectFinished(on, [schoolId, day]))[0]
}

const selectOver = prepare<{ over: boolean }>(
  `select clock_timestamp() >= ${endOf('$1')} + interval '1 minute' as over`,
)
/** Whether the day has ended, and a minute after it for whoever was about to begin. */
export async function isDayOver(on: Queryable, day: string): Promise<boolean> {
  return (await selectOver(on, [day]))[0]?.over === true
}

const selectRunning = prepare<{ pid: number; application_name: string; xact_start: Date }>(
  `select pid, application_name, xact_start from pg_stat_activity
    where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()
      and xact_start < ${endOf('$1')}
    order by xact_start limit 1`,
)
/** The oldest transaction that may still write something with a time of that day. */
export async function findRunningSince(on: Queryable, day: string) {
  return (await selectRunning(on, [day]))[0]
}

const sumPostings = prepare<{ posting_count: number; posting_fen: number }>(
  `select count(*) as posting_count, coalesce(sum(p.amount_fen), 0)::bigint as posting_fen
     from postings p where ${OF_THE_DAY}`,
)
export async function sumDay(on: Queryable, schoolId: string, day: string) {
  const [sums] = await sumPostings(on, [schoolId, day])
  if (!sums) throw new Error('a sum has no row')
  return sums
}

const insertDay = prepare(
  `insert into statement_days (school_id, day, posting_count, posting_fen) values ($1, $2, $3, $4)
   on conflict do nothing`,
)
export async function insertFinishedDay(
  tx: Tx,
  schoolId: string,
  day: string,
  sums: { posting_count: number; posting_fen: number },
): Promise<void> {
  await insertDay(tx, [schoolId, day, sums.posting_count, sums.posting_fen])
}

const insertNames = prepare(
  `insert into statement_names (school_id, kind, id, from_day, name)
   select $1, now.kind, now.id, $2, now.name
     from (select 'merchant' as kind, merchant_id as id, name from merchants where school_id = $1
           union all
           select 'terminal', terminal_id, name from terminals where school_id = $1) now
     left join lateral (
       select name from statement_names n
        where n.school_id = $1 and n.kind = now.kind and n.id = now.id
        order by n.from_day desc limit 1) known on true
    where known.name is null
       or (known.name <> now.name
           and not exists (select from statement_days d where d.school_id = $1 and d.day > $2))`,
)
/** Keeps what merchants and terminals are called. A day finished after a later one changes no name of that. */
export async function keepNames(tx: Tx, schoolId: string, day: string): Promise<void> {
  await insertNames(tx, [schoolId, day])
}

const selectNames = prepare<{ id: string; name: string }>(
  `select distinct on (id) id, name from statement_names
    where school_id = $1
    order by id, from_day <= $2 desc, case when from_day <= $2 then from_day end desc, from_day`,
)
/** By id, as they were on the day. */
export async function findNames(
  on: Queryable,
  schoolId: string,
  day: string,
): Promise<Map<string, string>> {
  const rows = await selectNames(on, [schoolId, day])
  return new Map(rows.map(({ id, name }) => [id, name]))
}

/** For the transaction: it costs what the day has, however many years there are, and whatever the planner knows. */
export async function readByIndex(tx: Tx): Promise<void> {
  await tx.query(
    'set local enable_hashjoin = off; set local enable_mergejoin = off; set local enable_seqscan = off',
  )
}

export type EntryKind = 'payment' | 'reversal' | 'refund'

/** A line of a statement: a posting, and what payments and refunds say that it is. */
export interface EntryRow {
  transaction_id: string
  kind: string
  posted_at: Date
  merchant_id: string | null
  terminal_id: string | null
  order_no: string | null
  refund_no: string | null
  payment_id: string | null
  refund_id: string | null
  means: PayMeans | null
  channel: Channel | null
  class: PersonClass | null
  list_fen: number | null
  /** Of the payment or the refund, not of the posting. */
  amount_fen: number | null
  paid_at: Date | null
}

const MERCHANTS = `(p.credit_account like 'merchant/%' or p.debit_account like 'merchant/%')
  and ($3::uuid is null or 'merchant/' || $3::uuid in (p.credit_account, p.debit_account))`

/**
 * All entries in the order of their times, in bounded memory: the server sorts, and hands over a batch at
 * a time. In a transaction that sees nothing of what happens meanwhile.
 */
export async function* readEntries(
  tx: Tx,
  { schoolId, day, merchantId }: StatementScope,
  batchCount: number,
): AsyncGenerator<EntryRow[]> {
  await readByIndex(tx)
  await tx.query(
    `declare entries no scroll cursor for
     select p.transaction_id, p.kind, p.posted_at, o.merchant_id, o.terminal_id, o.order_no, r.refund_no,
            o.payment_id, r.refund_id, o.means, o.channel, o.class, o.list_fen,
            case p.kind when 'refund' then r.amount_fen else o.amount_fen end as amount_fen, o.paid_at
       from postings p
       left join payments o on o.school_id = p.school_id and o.payment_id = p.payment_id
       left join refunds r
              on p.kind = 'refund' and r.school_id = o.school_id and r.terminal_id = o.terminal_id
             and r.order_no = o.order_no and r.settled_at = p.posted_at and r.status = 'REFUNDED'
      where ${OF_THE_DAY} and ${MERCHANTS}
      order by p.posted_at, p.transaction_id`,
    [schoolId, day, merchantId],
  )
  for (;;) {
    const { rows } = await tx.query<EntryRow>(`fetch ${batchCount} from entries`)
    if (rows.length > 0) yield rows
    if (rows.length < batchCount) break
  }
  await tx.query('close entries')
}

/** What the books say of a merchant and the account that its money came from or went to. */
export interface BookSums {
  kind: string
  merchant_id: string
  /** An account, or of one that is somebody's, the first word: `wallet`, `hold`. */
  counterpart: string
  count: number
  fen: number
}

const selectBooks = prepare<BookSums>(
  `select kind, merchant_id, counterpart, count(*) as count, sum(amount_fen)::bigint as fen
     from (select p.kind, p.amount_fen,
                  split_part(case when p.credit_account like 'merchant/%' then p.credit_account
                                  else p.debit_account end, '/', 2)::uuid as merchant_id,
                  regexp_replace(case when p.credit_account like 'merchant/%' then p.debit_account
                                      else p.credit_account end, '^(wallet|hold)/.*', '\\1') as counterpart
             from postings p where ${OF_THE_DAY} and ${MERCHANTS}) sides
    group by kind, merchant_id, counterpart`,
)
/** The day by the postings alone, without a look at payments and refunds. */
export async function sumBooks(
  tx: Tx,
  { schoolId, day, merchantId }: StatementScope,
): Promise<BookSums[]> {
  return selectBooks(tx, [schoolId, day, merchantId])
}
