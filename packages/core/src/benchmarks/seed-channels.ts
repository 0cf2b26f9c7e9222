import type pg from 'pg'
import { SCHOOL } from './seed-campus.ts'

/** Every so many payments of a channel one is wrong in the outside system's file, in each of these ways. */
export const PLANT_EVERY = 250
export const plants = [
  ...['omitted', 'other amount', 'twice', 'undone there', 'unknown here', 'last hour'],
] as const
export type Plant = (typeof plants)[number]

/** In place 1, 2, … of each round. */
export function plantOf(n: number): Plant | undefined {
  return n % 4 === 0 ? undefined : plants[(Math.floor(n / 4) % PLANT_EVERY) - 1]
}

/**
 * A day's payments in turn over wallet, bank card, one-card account and WeChat, spread from midnight to ten at
 * night, one in 97 reversed and one in 53 refunded in part, each with its movements and postings. Wallets get
 * what they pay by a top-up from the bank just before.
 */
export async function seedChannels(client: pg.ClientBase, day: string, count: number) {
  await client.query(
    `create temp table made on commit drop as
     select n, uuidv7() as id, gen_random_uuid() as person_id, 100 + n % 2000 as fen,
            (array['wallet', 'bank_card', 'one_card', 'wechat'])[1 + n % 4] as channel,
            (array[null, 'bank', 'one_card', 'wechat'])[1 + n % 4] as port,
            not planted and n % 97 = 5 as reversed,
            case when not planted and n % 97 <> 5 and n % 53 = 11 then (100 + n % 2000) / 2 else 0 end as refunded_fen,
            uuidv7() as refund_id,
            ($1::date::timestamp at time zone 'Asia/Shanghai')
              + case when planted and place = $4::int then interval '23 hours 30 minutes'
                     else interval '5 minutes' + n * (interval '22 hours' / $2::int) end as at
       from (select n, n / 4 % $3::int as place, n % 4 <> 0 and n / 4 % $3::int between 1 and $4::int as planted
               from generate_series(0, $2::int - 1) n) numbers`,
    [day, count, PLANT_EVERY, plants.length],
  )
  await client.query(
    `alter table made add reference text, add refund_reference text, add source text`,
  )
  await client.query(
    `update made set reference = case port when 'wechat' then replace(id::text, '-', '') else 'pay-' || id end,
                     refund_reference = 'refund-' || refund_id,
                     source = case when port is null then 'wallet/' || person_id else 'clearing/' || port end`,
  )
  await client.query(
    `insert into payers (school_id, person_id, card_status, default_account, one_card_status, wallet_status,
                         wallet_fen, wallet_version, single_limit_fen, daily_limit_fen)
     select $1, person_id, 'active', 'wallet', 'open', 'open',
            case when port is not null then 0 when reversed then fen else refunded_fen end,
            case when port is not null then 0 when reversed or refunded_fen > 0 then 3 else 2 end, 20000, 1000000
       from made`,
    [SCHOOL],
  )
  await client.query(
    `insert into payments (school_id, terminal_id, order_no, payment_id, content_hash, status, merchant_id,
                           person_id, class, masked_name, list_fen, amount_fen, account, channel, spent_on,
                           paid_at, settled_at, created_at, means, refunded_fen)
     select $1, t.terminal_id, lpad(n::text, 12, '0'), id, '\\x00', case when reversed then 'REVERSED' else 'PAID' end,
            t.merchant_id, person_id, 'student', '林*夏', fen, fen,
            case channel when 'wechat' then null when 'one_card' then 'one_card' else 'wallet' end, channel,
            case when channel <> 'wechat' then $2::date end, at, at, at,
            case channel when 'wechat' then 'wechat' else 'code' end, refunded_fen
       from made m
       join (select *, row_number() over (order by terminal_id) - 1 as place from terminals) t on t.place = m.n % 200`,
    [SCHOOL, day],
  )
  await client.query(
    `insert into refunds (school_id, terminal_id, order_no, refund_no, refund_id, payment_id, person_id,
                          amount_fen, status, created_at, settled_at)
     select $1, p.terminal_id, p.order_no, 'r1', refund_id, id, m.person_id, m.refunded_fen, 'REFUNDED', at,
            at + interval '2 minutes'
       from made m join payments p on p.school_id = $1 and p.payment_id = m.id where m.refunded_fen > 0`,
    [SCHOOL],
  )
  await client.query(
    `insert into external_movements (school_id, movement_id, kind, port, reference, debit_reference, person_id,
                                     amount_fen, state, outcome, next_attempt_at, created_at, settled_at)
     select $1, id, 'debit', port, reference, null, person_id, fen, 'done',
            case when reversed then 'reversed' else 'succeeded' end, at, at, at
       from made where port is not null
     union all
     select $1, refund_id, 'refund', port, refund_reference, reference, person_id, refunded_fen, 'done', 'succeeded',
            at, at, at + interval '2 minutes'
       from made where port is not null and refunded_fen > 0
     union all
     select $1, refund_id, 'top_up', 'bank', 'topup-' || refund_id, null, person_id, fen, 'done', 'succeeded',
            at, at, at - interval '1 minute'
       from made where port is null`,
    [SCHOOL],
  )
  await client.query(
    `insert into postings (school_id, transaction_id, kind, debit_account, credit_account, amount_fen, payment_id,
                           person_id, wallet_version, wallet_fen, posted_at)
     select $1, uuidv7(), e.kind, case when e.kind in ('payment', 'top_up') then source else merchant end,
            case when e.kind in ('payment', 'top_up') then merchant else source end, e.fen, e.payment_id, person_id,
            case when port is null then e.version end, case when port is null then e.left_fen end, at + e.after
       from (select m.*, 'merchant/' || p.merchant_id as merchant
               from made m join payments p on p.school_id = $1 and p.payment_id = m.id) m
      cross join lateral (
        select 'payment' as kind, fen, id as payment_id, 2 as version, 0 as left_fen, interval '0' as after
        union all
        select 'reversal', fen, id, 3, fen, interval '1 minute' where reversed
        union all
        select 'refund', refunded_fen, id, 3, refunded_fen, interval '2 minutes' where refunded_fen > 0) e
      order by at + e.after`,
    [SCHOOL],
  )
  await client.query(
    `insert into postings (school_id, transaction_id, kind, debit_account, credit_account, amount_fen,
                           person_id, wallet_version, wallet_fen, posted_at)
     select $1, uuidv7(), 'top_up', 'clearing/bank', source, fen, person_id, 1, fen, at - interval '1 minute'
       from made where port is null`,
    [SCHOOL],
  )
}
