import pg from 'pg'
import { inTransaction, type Queryable } from '../db/database.ts'

/** One broken promise of the books, with how many rows break it. */
export interface BrokenInvariant {
  invariant: string
  rows: number
}

// Each query lists offenders; none is right. What is added up is added up once for all orders and then joined:
// there is no index of postings by their payment, and orders looked at one by one would take for ever.
const checks: Record<string, string> = {
  'a wallet equals what its postings add up to': `
    select p.school_id, p.person_id from payers p
      left join lateral (
        select coalesce(sum(case when b.credit_account = 'wallet/' || p.person_id then b.amount_fen
                                 else -b.amount_fen end), 0) as fen
          from postings b
         where b.school_id = p.school_id and b.person_id = p.person_id and b.wallet_version is not null
      ) books on true
     where p.wallet_fen <> books.fen`,
  'a wallet has as many postings as its version says, without a gap': `
    select p.school_id, p.person_id from payers p
      left join lateral (
        select count(*) as count, coalesce(max(b.wallet_version), 0) as newest
          from postings b
         where b.school_id = p.school_id and b.person_id = p.person_id and b.wallet_version is not null
      ) books on true
     where p.wallet_version <> books.count or p.wallet_version <> books.newest`,
  'each posting of a wallet states the balance that it leaves': `
    select * from (
      select wallet_fen,
             sum(case when credit_account like 'wallet/%' then amount_fen else -amount_fen end)
               over (partition by school_id, person_id order by wallet_version) as running_fen
        from postings where wallet_version is not null) chain
     where wallet_fen <> running_fen or wallet_fen < 0`,
  'a posting touches a wallet if and only if it has a wallet version': `
    select transaction_id from postings
     where (wallet_version is not null)
        <> (debit_account like 'wallet/%' or credit_account like 'wallet/%')`,
  'a paid order has one payment posting of its amount, an unpaid one none': `
    select o.payment_id from payments o
      left join (
        select school_id, payment_id, count(*) as count, sum(amount_fen) as fen
          from postings where kind = 'payment' group by school_id, payment_id
      ) books using (school_id, payment_id)
     where case when o.paid_at is not null then coalesce(books.count, 0) <> 1 or books.fen <> o.amount_fen
                else coalesce(books.count, 0) <> 0 end`,
  'a reversed order nets to zero': `
    select o.payment_id from payments o
      join (
        select school_id, payment_id,
               sum(case when kind = 'payment' then amount_fen else -amount_fen end) as fen
          from postings where payment_id is not null group by school_id, payment_id
      ) books using (school_id, payment_id)
     where o.status = 'REVERSED' and books.fen <> 0`,
  'the refunds of an order are its refunded amount, and the settled ones are posted': `
    select o.payment_id from payments o
      left join (
        select school_id, terminal_id, order_no,
               coalesce(sum(amount_fen) filter (where status <> 'DECLINED'), 0) as asked,
               coalesce(sum(amount_fen) filter (where status = 'REFUNDED'), 0) as settled
          from refunds group by school_id, terminal_id, order_no
      ) wanted using (school_id, terminal_id, order_no)
      left join (
        select school_id, payment_id, sum(amount_fen) as posted
          from postings where kind = 'refund' group by school_id, payment_id
      ) books using (school_id, payment_id)
     where o.refunded_fen <> coalesce(wanted.asked, 0)
        or coalesce(wanted.settled, 0) <> coalesce(books.posted, 0)`,
  'no posting is about an order that does not exist': `
    select b.transaction_id from postings b
     where b.payment_id is not null and not exists (
       select from payments o where o.school_id = b.school_id and o.payment_id = b.payment_id)`,
  'an order that waits outside has an open movement, a settled one has none': `
    select o.payment_id from payments o
     where (o.status in ('PROCESSING', 'UNKNOWN', 'REVERSING')) <> exists (
       select from external_movements m
        where m.school_id = o.school_id and m.movement_id = o.payment_id and m.kind = 'debit'
          and m.state = 'open')`,
  'clearing postings are what the outside systems were asked for and granted': `
    select school_id, person_id, account from (
      select school_id, person_id, 'clearing/' || port as account,
             case when kind in ('refund', 'withdrawal') then -amount_fen else amount_fen end as fen
        from external_movements where outcome = 'succeeded' and kind <> 'utility_top_up'
      union all
      select school_id, person_id, debit_account, -amount_fen from postings
       where debit_account like 'clearing/%'
      union all
      select school_id, person_id, credit_account, amount_fen from postings
       where credit_account like 'clearing/%') moved
     group by school_id, person_id, account having sum(fen) <> 0`,
  'what is in transit is what the bank has not decided of withdrawals': `
    select school_id, person_id from (
      select school_id, person_id, amount_fen as fen
        from external_movements where kind = 'withdrawal' and state = 'open'
      union all
      select school_id, person_id, -amount_fen from postings where credit_account = 'transit/bank'
      union all
      select school_id, person_id, amount_fen from postings where debit_account = 'transit/bank') moved
     group by school_id, person_id having sum(fen) <> 0`,
  'a shower holds what it may cost while it runs, and nothing once it ended': `
    select school_id, account from (
      select school_id, 'hold/' || session_id as account, -hold_fen as fen
        from water_sessions where status = 'RUNNING'
      union all
      select school_id, credit_account, amount_fen from postings where credit_account like 'hold/%'
      union all
      select school_id, debit_account, -amount_fen from postings where debit_account like 'hold/%') moved
     group by school_id, account having sum(fen) <> 0`,
  'a shower that ended has the payment that it says, or none': `
    select w.session_id from water_sessions w
      left join payments o on o.school_id = w.school_id and o.payment_id = w.session_id
     where coalesce(o.amount_fen, 0) <> coalesce(w.amount_fen, 0)
        or (o.means is not null and o.means <> 'water')`,
  'a paid utility was delivered or refunded or is on its way, and never two of these': `
    select t.top_up_id from utility_top_ups t
      join utilities u on u.school_id = t.school_id and u.utility_id = t.utility_id
      left join payments o on o.school_id = t.school_id and o.terminal_id = u.terminal_id
                          and o.order_no = t.top_up_id::text
      left join external_movements m on m.school_id = t.school_id and m.movement_id = t.delivery_id
     where case when o.paid_at is null then m.movement_id is not null
                when m.outcome = 'declined' then o.refunded_fen <> o.amount_fen and not exists (
                  select from refunds r
                   where r.school_id = o.school_id and r.payment_id = o.payment_id
                     and r.status = 'DECLINED') -- told to whoever looks after it, as an alarm
                else m.movement_id is null or o.refunded_fen <> 0 or o.status <> 'PAID' end
        or m.amount_fen <> t.amount_fen`,
  'a withdrawal left its wallet, and was posted or given back as the bank decided': `
    select school_id, person_id, kind from (
      select school_id, person_id, 'withdrawal' as kind, amount_fen as fen
        from external_movements where kind = 'withdrawal'
      union all
      select school_id, person_id,
             case outcome when 'succeeded' then 'withdrawal_posted' else 'withdrawal_voided' end,
             amount_fen
        from external_movements where kind = 'withdrawal' and state = 'done'
      union all
      select school_id, person_id, kind, -amount_fen from postings
       where kind in ('withdrawal', 'withdrawal_posted', 'withdrawal_voided')) moved
     group by school_id, person_id, kind having sum(fen) <> 0`,
  'an order that another system’s code paid touches no wallet and counts against no limit (R27, R28)': `
    select o.payment_id from payments o
     where o.means in ('wechat', 'alipay', 'unionpay')
       and (o.channel <> o.means or o.spent_on is not null or o.person_id is null or exists (
         select from postings b
          where b.school_id = o.school_id and b.payment_id = o.payment_id and b.wallet_version is not null))`,
  'an online order is marked with the one payment that paid it (R38)': `
    select o.order_id from online_orders o
      left join lateral (
        select count(*) as count, coalesce(bool_or(p.payment_id = o.payment_id), false) as marked
          from payments p
         where p.school_id = o.school_id and p.terminal_id = o.terminal_id and p.means = 'order'
           and split_part(p.order_no, '~', 1) = o.order_no and p.paid_at is not null
      ) paid on true
     where case when o.payment_id is null then paid.count > 0 else paid.count <> 1 or not paid.marked end`,
  'an online order has one payment at most that is paid or under way (R38)': `
    select p.school_id, p.terminal_id, split_part(p.order_no, '~', 1) from payments p
     where p.means = 'order' and p.status not in ('REFUSED', 'REVERSED')
     group by 1, 2, 3 having count(*) > 1`,
  'a closed online order has a tombstone where its next payment would stand (R38)': `
    select o.order_id from online_orders o
     where (o.closed_at is not null) <> exists (
       select from payments p
        where p.school_id = o.school_id and p.terminal_id = o.terminal_id and p.content_hash is null
          and split_part(p.order_no, '~', 1) = o.order_no)`,
  'a payment of an online order names one, and its price (R38)': `
    select p.payment_id from payments p
     where p.means = 'order' and not exists (
       select from online_orders o
        where o.school_id = p.school_id and o.terminal_id = p.terminal_id
          and o.order_no = split_part(p.order_no, '~', 1) and o.merchant_id = p.merchant_id
          and o.list_fen = p.list_fen)`,
  'what static codes took in a day is what counts against their ceiling (R15)': `
    select y.school_id, y.person_id from payers y
      left join lateral (
        select coalesce(sum(p.amount_fen), 0) as fen from payments p
         where p.school_id = y.school_id and p.person_id = y.person_id and p.means = 'collection'
           and p.spent_on = y.static_on and p.status not in ('REFUSED', 'REVERSED')
      ) taken on true
     where y.static_fen <> taken.fen`,
  'what another system is asked for is an order that was paid with its code, and the other way round': `
    select o.payment_id from payments o
      left join external_movements m
        on m.school_id = o.school_id and m.movement_id = o.payment_id and m.kind = 'debit'
       and m.port in ('wechat', 'alipay', 'unionpay') and m.amount_fen = o.amount_fen
       and m.person_id = o.person_id
     where case when o.means in ('wechat', 'alipay', 'unionpay') and o.status <> 'REFUSED'
                  or o.channel in ('wechat', 'alipay', 'unionpay') then m.port is distinct from o.means
                else m.port is not null end`,
  'a WeChat is bound to nobody whose wallet is closed or who has left (R27)': `
    select b.person_id from wechat_bindings b
      join payers y on y.school_id = b.school_id and y.person_id = b.person_id
     where y.wallet_status <> 'open' or y.card_status in ('closed', 'unclaimed')`,
  'a finished day has the postings that it was finished with': `
    select d.school_id, d.day from statement_days d
      left join lateral (
        select count(*) as count, coalesce(sum(p.amount_fen), 0) as fen from postings p
         where p.school_id = d.school_id and p.posted_at >= d.day::timestamp at time zone 'Asia/Shanghai'
           and p.posted_at < (d.day + 1)::timestamp at time zone 'Asia/Shanghai') now on true
     where d.posting_count <> now.count or d.posting_fen <> now.fen`,
  'what an outside system moved less than the books is what stands open as differences': `
    select school_id, port from (
      select school_id, port, here_fen - there_fen as fen from matched_days
      union all
      select school_id, port, there_fen - here_fen from differences where until_day is null) moved
     group by school_id, port having sum(fen) <> 0`,
}

/**
 * Holds the books against their promises.
 *
 * @returns What is broken; empty when all is right. Reads everything: for tests, after a restore,
 * and for an operator with a doubt (`npm run ecode -- check-books`).
 */
export async function checkBooks(on: Queryable): Promise<BrokenInvariant[]> {
  if (!(on instanceof pg.Pool)) return runChecks(on)
  return inTransaction(on, async (tx) => {
    // A whole school's books take longer than a request may.
    await tx.query('set local statement_timeout = 0')
    await tx.query('set local idle_in_transaction_session_timeout = 0')
    return runChecks(tx)
  })
}

async function runChecks(on: Queryable): Promise<BrokenInvariant[]> {
  const broken: BrokenInvariant[] = []
  for (const [invariant, offenders] of Object.entries(checks)) {
    const { rowCount } = await on.query(offenders)
    if (rowCount) broken.push({ invariant, rows: rowCount })
  }
  return broken
}
