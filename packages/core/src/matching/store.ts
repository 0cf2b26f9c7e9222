import { prepare, type Queryable, type Tx } from '../db/database.ts'
import { OF_THE_DAY, readByIndex } from '../statements/store.ts'
import type { MatchedPort, OutsideLine } from './outside-line.ts'

/** A day of one of a school's outside systems. */
export interface MatchScope {
  schoolId: string
  port: MatchedPort
  /** Asia/Shanghai, `YYYY-MM-DD`. */
  day: string
}

export interface MatchedDay {
  day: string
  file_sha256: Buffer
  here_count: number
  here_fen: number
  there_count: number
  there_fen: number
}

export type DifferenceKind = 'missing_here' | 'missing_there' | 'amount' | 'status' | 'late'

/** What is open after a day, or was cleared by it, and what it is about here. */
export interface DifferenceRow {
  reference: string
  since_day: string
  kind: DifferenceKind | null
  cleared_by: 'arrival' | 'reversal' | null
  here_fen: number
  there_fen: number
  movement_kind: string | null
  movement_state: string | null
  merchant: string | null
  order_no: string | null
}

const lockScope = prepare(
  `select pg_advisory_xact_lock(hashtextextended('match/' || $1 || '/' || $2, 0))`,
)
/** One at a time matches a system's files. */
export async function lockMatching(tx: Tx, { schoolId, port }: MatchScope): Promise<void> {
  await lockScope(tx, [schoolId, port])
}

const selectMatched = prepare<MatchedDay>(
  `select * from matched_days where school_id = $1 and port = $2 and day = $3`,
)
export async function findMatchedDay(
  on: Queryable,
  { schoolId, port, day }: MatchScope,
): Promise<MatchedDay | undefined> {
  return (await selectMatched(on, [schoolId, port, day]))[0]
}

const selectNext = prepare<{ next: string | null }>(
  `select (max(day) + 1)::text as next from matched_days where school_id = $1 and port = $2`,
)
/** The only day that can be matched next; undefined when it may be any. */
export async function findNextDay(
  on: Queryable,
  { schoolId, port }: MatchScope,
): Promise<string | undefined> {
  return (await selectNext(on, [schoolId, port]))[0]?.next ?? undefined
}

/** A table for the transaction that everything they say of the day is put into. */
export async function makeLineTable(tx: Tx): Promise<void> {
  await tx.query('create temp table file_lines (reference text, fen bigint) on commit drop')
}

export async function insertLines(tx: Tx, lines: OutsideLine[]): Promise<void> {
  await tx.query('insert into file_lines select * from unnest($1::text[], $2::bigint[])', [
    lines.map(({ reference }) => reference),
    lines.map(({ fen }) => fen),
  ])
}

/**
 * Both sides of the day by reference, in tables for the transaction.
 *
 * Ours are the postings of the clearing account, each with the movement that made it; theirs are the lines of
 * their file, without those that are about another school's money.
 *
 * @returns False when a posting has no movement, or one of another amount.
 */
export async function gatherSides(tx: Tx, { schoolId, port, day }: MatchScope): Promise<boolean> {
  await readByIndex(tx)
  await tx.query(
    'create temp table here_lines (reference text, fen bigint, at timestamptz, right_fen bigint) on commit drop',
  )
  await tx.query(
    `insert into here_lines
     select m.reference, case when p.debit_account = 'clearing/' || $3 then m.amount_fen else -m.amount_fen end,
            p.posted_at, p.amount_fen
       from postings p
       left join payments o on o.school_id = p.school_id and o.payment_id = p.payment_id
       left join refunds r
              on p.kind = 'refund' and r.school_id = o.school_id and r.terminal_id = o.terminal_id
             and r.order_no = o.order_no and r.settled_at = p.posted_at and r.status = 'REFUNDED'
       left join lateral (
         select m.reference, m.amount_fen from external_movements m
          where m.school_id = $1
            and m.movement_id = case when p.kind = 'refund' then r.refund_id else p.payment_id end
            and m.port = $3 limit 1) m on true
      where ${OF_THE_DAY} and p.payment_id is not null
        and 'clearing/' || $3 in (p.debit_account, p.credit_account)`,
    [schoolId, day, port],
  )
  // What moves between a wallet and a bank card has no payment: found by whose it is, and when.
  await tx.query(
    `insert into here_lines
     select m.reference, case when p.debit_account = 'clearing/' || $3 then m.amount_fen else -m.amount_fen end,
            p.posted_at, p.amount_fen
       from postings p
       left join lateral (
         select m.reference, m.amount_fen from external_movements m
          where m.person_id = p.person_id and m.kind in ('top_up', 'withdrawal') and m.school_id = $1
            and m.port = $3 and m.settled_at = p.posted_at limit 1) m on true
      where ${OF_THE_DAY} and p.payment_id is null
        and 'clearing/' || $3 in (p.debit_account, p.credit_account)`,
    [schoolId, day, port],
  )
  const { rowCount: wrong } = await tx.query(
    'select from here_lines where reference is null or abs(fen) is distinct from right_fen limit 1',
  )
  if (wrong) return false
  await tx.query(
    `create temp table there on commit drop as
     select l.reference, l.count, l.fen
       from (select reference, count(*)::int as count, sum(fen)::bigint as fen
               from file_lines group by reference) l
      cross join lateral (
        select bool_or(m.school_id = $1) as ours from external_movements m
         where m.reference = l.reference and m.port = $2) known
      where known.ours is distinct from false`,
    [schoolId, port],
  )
  await tx.query(
    `create temp table here on commit drop as
     select reference, count(*)::int as count, sum(fen)::bigint as fen, max(at) as last_at
       from here_lines group by reference;
     analyze here; analyze there;
     set local enable_hashjoin = on; set local enable_seqscan = on`,
  )
  return true
}

/**
 * Carries what is open on, adds what the day brings, and says what kind each difference is. Money that one
 * side moved in the day's last hour may stand on the other's next day.
 */
export async function carryDifferences(tx: Tx, { schoolId, port, day }: MatchScope): Promise<void> {
  await tx.query(
    `create temp table carried on commit drop as
     select s.reference, s.since_day, s.was, s.here_count, s.here_fen, s.there_count, s.there_fen,
            case when s.here_fen <> s.there_fen then
              case
                when s.there_count < s.here_count
                     and s.last_at >= (($3::date + 1)::timestamp at time zone 'Asia/Shanghai') - interval '1 hour'
                  then 'late'
                when s.there_count = 0 then 'missing_there'
                when s.here_count > 0 and s.here_fen <> 0 and s.there_fen <> 0 then 'amount'
                when s.here_count > 0 then 'status'
                when m.movement_id is null then 'missing_here'
                when m.state = 'open' or m.settled_at >= (($3::date + 1)::timestamp at time zone 'Asia/Shanghai')
                  then 'late'
                when m.outcome = 'succeeded' then 'missing_here'
                else 'status'
              end
            end as kind,
            s.is_fresh
       from (select reference, d.kind as was, h.last_at,
                    coalesce(case when d.kind is not null then d.since_day end, $3::date) as since_day,
                    coalesce(h.count, 0) + coalesce(case when d.kind is not null then d.here_count end, 0) as here_count,
                    coalesce(h.fen, 0) + coalesce(case when d.kind is not null then d.here_fen end, 0) as here_fen,
                    coalesce(t.count, 0) + coalesce(case when d.kind is not null then d.there_count end, 0) as there_count,
                    coalesce(t.fen, 0) + coalesce(case when d.kind is not null then d.there_fen end, 0) as there_fen,
                    h.reference is not null or t.reference is not null as is_fresh
               from here h
               full join there t using (reference)
               full join (select * from differences
                           where school_id = $1 and port = $2 and until_day is null) d using (reference)) s
       left join lateral (
         select * from external_movements m
          where m.reference = s.reference and m.school_id = $1 and m.port = $2 limit 1) m on true
      where s.here_fen <> s.there_fen or s.was is not null`,
    [schoolId, port, day],
  )
  await tx.query('delete from carried where not is_fresh and kind is not distinct from was')
  await tx.query(
    `update differences d set until_day = $3
       from carried c
      where d.school_id = $1 and d.port = $2 and d.reference = c.reference and d.until_day is null`,
    [schoolId, port, day],
  )
  await tx.query(
    `insert into differences (school_id, port, reference, day, since_day, kind, cleared_by,
                              here_count, here_fen, there_count, there_fen)
     select $1, $2, reference, $3, since_day, kind,
            case when kind is null then case when here_fen = 0 then 'reversal' else 'arrival' end end,
            here_count, here_fen, there_count, there_fen
       from carried`,
    [schoolId, port, day],
  )
}

export async function insertMatchedDay(
  tx: Tx,
  { schoolId, port, day }: MatchScope,
  sha256: Buffer,
): Promise<void> {
  await tx.query(
    `insert into matched_days (school_id, port, day, file_sha256, here_count, here_fen, there_count, there_fen)
     select $1, $2, $3, $4, h.count, h.fen, t.count, t.fen
       from (select coalesce(sum(count), 0) as count, coalesce(sum(fen), 0) as fen from here) h,
            (select coalesce(sum(count), 0) as count, coalesce(sum(fen), 0) as fen from there) t`,
    [schoolId, port, day, sha256],
  )
}

const selectDifferences = prepare<DifferenceRow>(
  `select d.reference, d.since_day::text as since_day, d.kind, d.cleared_by, d.here_fen, d.there_fen,
          m.kind as movement_kind, coalesce(m.outcome, m.state) as movement_state,
          n.name as merchant, o.order_no
     from differences d
     left join external_movements m
            on m.reference = d.reference and m.school_id = d.school_id and m.port = d.port
     left join refunds r on r.school_id = d.school_id and r.refund_id = m.movement_id
     left join payments o
            on o.school_id = d.school_id and o.payment_id = coalesce(r.payment_id, m.movement_id)
     left join merchants n on n.school_id = o.school_id and n.merchant_id = o.merchant_id
    where d.school_id = $1 and d.port = $2 and d.day <= $3 and (d.until_day is null or d.until_day > $3)
      and (d.kind is not null or d.day = $3)
    order by d.kind is null, d.since_day, d.reference`,
)
/** What stood open when the day had been matched, oldest first, then what it cleared. */
export async function findDifferences(
  on: Queryable,
  { schoolId, port, day }: MatchScope,
): Promise<DifferenceRow[]> {
  return selectDifferences(on, [schoolId, port, day])
}
