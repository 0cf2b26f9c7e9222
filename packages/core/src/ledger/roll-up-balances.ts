import { type Database, inTransaction, prepare, type Queryable } from '../db/database.ts'

/**
 * Merchant and clearing accounts have no balance row that every payment would queue for. Their
 * balance is a snapshot plus the postings since; this moves the snapshot forward. Credits count
 * positive, debits negative.
 *
 * Wallets have their own, and what a shower holds stands in its session.
 *
 * Reads below the oldest running transaction, so that a posting that commits late is not skipped.
 */
export async function rollUpBalances(db: Database): Promise<void> {
  await inTransaction(db.pool, async (tx) => {
    await tx.query(
      `insert into balance_rollup (tx, transaction_id)
       values ('0', '00000000-0000-0000-0000-000000000000') on conflict do nothing`,
    )
    await tx.query('select from balance_rollup for update')
    await tx.query(
      `with horizon as materialized (
         select r.tx as from_tx, r.transaction_id as from_id, pg_snapshot_xmin(pg_current_snapshot()) as below
           from balance_rollup r
       ),
       fresh as materialized (
         select p.* from horizon h
           join postings p on (p.tx, p.transaction_id) > (h.from_tx, h.from_id) and p.tx < h.below
       ),
       changes as (
         select school_id, account, sum(change)::bigint as change
           from (select school_id, credit_account as account, amount_fen as change from fresh
                 union all
                 select school_id, debit_account, -amount_fen from fresh) sides
          where account not like 'wallet/%' and account not like 'hold/%'
          group by school_id, account
       ),
       saved as (
         insert into balance_snapshots as s (school_id, account, balance_fen)
         select school_id, account, change from changes order by school_id, account
             on conflict (school_id, account) do update set balance_fen = s.balance_fen + excluded.balance_fen
       )
       update balance_rollup r
          set tx = newest.tx, transaction_id = newest.transaction_id
         from (select tx, transaction_id from fresh order by tx desc, transaction_id desc limit 1) newest`,
    )
  })
}

const select = prepare<{ balance_fen: number }>(
  `select coalesce((select balance_fen from balance_snapshots s
                     where s.school_id = $1 and s.account = $2), 0)
        + coalesce((select sum(case when p.credit_account = $2 then p.amount_fen else -p.amount_fen end)
                      from postings p
                     where p.school_id = $1 and $2 in (p.credit_account, p.debit_account)
                       and (p.tx, p.transaction_id) > coalesce(
                         (select row(r.tx, r.transaction_id) from balance_rollup r),
                         row('0'::xid8, '00000000-0000-0000-0000-000000000000'::uuid))), 0)::bigint as balance_fen`,
)

/** The balance of a merchant or clearing account now, credits positive. */
export async function readBalance(
  on: Queryable,
  schoolId: string,
  account: string,
): Promise<number> {
  return (await select(on, [schoolId, account]))[0]?.balance_fen ?? 0
}
