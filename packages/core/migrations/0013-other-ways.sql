-- The other ways to pay (R24–R28, R38, R39): what they share. Whatever a payment came from, it is one row of
-- payments, so that bill, refund, reversal and statement need not know.

alter table merchants add column campus text; -- R40

-- What is behind a key: a till, a merchant's server, a shower controller.
alter table terminals
  add column kind text not null default 'till' check (kind in ('till', 'online', 'shower', 'utility'));

alter table payments drop constraint payments_means_check;
alter table payments add constraint payments_means_check
  check (means in ('code', 'card', 'face', 'wechat', 'collection', 'order', 'utility', 'water'));
alter table payments drop constraint payments_channel_check;
alter table payments add constraint payments_channel_check
  check (channel in ('wallet', 'one_card', 'bank_card', 'wechat'));

alter table external_movements drop constraint external_movements_kind_check;
alter table external_movements add constraint external_movements_kind_check
  check (kind in ('debit', 'refund', 'top_up', 'withdrawal', 'utility_top_up'));
alter table external_movements drop constraint external_movements_port_check;
alter table external_movements add constraint external_movements_port_check
  check (port in ('bank', 'one_card', 'wechat', 'utility'));

-- hold, release: of a shower (R26), between a wallet and hold/<session>.
alter table postings drop constraint postings_kind_check;
alter table postings add constraint postings_kind_check
  check (kind in ('payment', 'reversal', 'refund', 'top_up',
                  'withdrawal', 'withdrawal_posted', 'withdrawal_voided', 'hold', 'release'));

-- R15: what a person may pay in a day to codes that anyone can copy.
alter table schools add column static_daily_fen bigint not null default 50000;
alter table payers
  add column static_on date not null default '1970-01-01',
  add column static_fen bigint not null default 0 check (static_fen >= 0);

alter type pay_item add attribute wait_seconds int; -- for the password; the school's own wait if null

-- As in 0012, and for what is begun on the phone: such a payment spends no code and shows no card, may wait
-- longer for the password, and to a collection code it has the static ceiling over it.
create or replace function pay_batch(items json)
returns table (ord int, verdict text, status text, refusal text, channel text, at timestamptz)
language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  today date;
  batch constant pay_item[] := array(select i from json_populate_recordset(null::pay_item, items) i);
  locked int;
  outcome record;
begin
  -- All payers are locked first and in one order, before anything is inserted: two batches can
  -- wait for each other's rows but never in a circle. The statement below then reads what is true.
  perform 1
     from payers p
     join (select distinct k.school_id, k.person_id from unnest(batch) k) k
       on k.school_id = p.school_id and k.person_id = p.person_id
    order by p.school_id, p.person_id
      for update of p;
  get diagnostics locked = row_count;
  -- Two items of one payer would overwrite each other's balance below.
  if locked <> cardinality(batch) then
    raise exception 'pay_batch: a payer stands twice in one batch, or nowhere';
  end if;

  -- The day as it is now that the payers are ours. By the time at which the transaction began, a batch
  -- that had to wait over midnight would take them back to the day before and forget what they spent.
  today := (clock_timestamp() at time zone 'Asia/Shanghai')::date;

  for outcome in
  with seen as materialized (
    select i.*,
           p.wallet_fen, p.wallet_version, p.bank_card_id,
           case when p.spent_on = today then p.spent_fen else 0 end as spent_fen,
           case when p.offline_on = today then p.offline_fen else 0 end as offline_fen,
           case when p.offline_on = today then p.offline_count else 0 end as offline_count,
           case when p.static_on = today then p.static_fen else 0 end as static_fen,
           d.device_id is not null and d.last_contact_at < now() - interval '10 minutes' as offline,
           case
             when o.payment_id is not null and o.content_hash is null then 'ORDER_REVERSED'
             when o.payment_id is not null and o.content_hash <> decode(i.content_hash, 'hex') then 'ORDER_NO_REUSED'
             when o.payment_id is not null then 'REPLAY'
             when n.nonce is not null then 'SIGNATURE_REPLAYED'
             when d.last_step >= i.step or c.used_at is not null then 'CODE_USED'
             when c.revoked_at is not null then 'CODE_EXPIRED'
             when i.means in ('card', 'face') and k.token_id is null then 'TOKEN_UNKNOWN'
             else 'NEW'
           end as verdict,
           -- From here on the code is spent, whatever the answer (R18). First reason wins.
           case
             when p.card_status = 'locked' then 'CARD_LOCKED'
             when p.card_status = 'closed' then 'CARD_CLOSED'
             when p.card_status <> 'active' then 'CARD_NOT_CLAIMED'
             when d.status <> 'active' then 'DEVICE_REMOVED'
             when not t.enabled then 'TERMINAL_DISABLED'
             when not m.accepting then 'MERCHANT_NOT_ACCEPTING'
             when i.account = 'wallet' and p.wallet_status <> 'open' then 'ACCOUNT_NOT_OPEN'
             when i.account = 'one_card' and p.one_card_status <> 'open' then 'ACCOUNT_NOT_OPEN'
             when i.means in ('card', 'face') and i.account = 'wallet' and g.agreement_signed_at is null
                  then 'AGREEMENT_MISSING'
             when i.means = 'face' and not g.face_consent then 'FACE_CONSENT_MISSING'
             when i.amount_fen > p.single_limit_fen then 'OVER_SINGLE_LIMIT'
             when i.amount_fen + case when p.spent_on = today then p.spent_fen else 0 end
                  > p.daily_limit_fen then 'OVER_DAILY_LIMIT'
             when i.means = 'collection'
                  and i.amount_fen + case when p.static_on = today then p.static_fen else 0 end
                      > s.static_daily_fen then 'OVER_STATIC_LIMIT'
             when ask.password and w.person_id is null then 'PASSWORD_REQUIRED'
             when ask.password and w.locked_at is not null then 'PASSWORD_LOCKED'
             when d.last_contact_at < now() - interval '10 minutes'
                  and (i.amount_fen > s.offline_single_fen
                       or i.amount_fen + case when p.offline_on = today then p.offline_fen else 0 end
                          > s.offline_daily_fen
                       or 1 + case when p.offline_on = today then p.offline_count else 0 end
                          > s.offline_daily_count) then 'DEVICE_OFFLINE_CAP'
             when i.account = 'wallet' and p.wallet_fen < i.amount_fen and p.bank_card_id is null
                  then 'INSUFFICIENT_FUNDS'
           end as reason,
           case when i.account = 'wallet' then g.agreement_signed_at end as agreement_signed_at,
           ask.password,
           coalesce(i.wait_seconds, s.password_wait_seconds) as wait_for_seconds,
           -- R41: from above to below the person's own threshold; null where there is none.
           p.low_balance_fen,
           p.wallet_fen >= p.low_balance_fen and p.wallet_fen - i.amount_fen < p.low_balance_fen as falls_low,
           -- R13: the wallet pays all of it, or the bound card pays all of it; never a split.
           case
             when i.account = 'one_card' then 'one_card'
             when p.wallet_fen >= i.amount_fen then 'wallet'
             else 'bank_card'
           end as source
      from unnest(batch) i
     cross join lateral (
       select * from schools s where s.school_id = i.school_id limit 1) s
     cross join lateral (
       select * from payers p
        where p.school_id = i.school_id and p.person_id = i.person_id limit 1) p
     -- R23: digits were shown, or more than may go without a password at once or in a day.
     cross join lateral (
       select i.needs_password
              or i.amount_fen > s.password_above_fen
              or i.amount_fen + case when p.spent_on = today then p.spent_fen else 0 end
                 > s.password_daily_fen as password) ask
     cross join lateral (
       select * from terminals t
        where t.school_id = i.school_id and t.terminal_id = i.terminal_id limit 1) t
     cross join lateral (
       select * from merchants m
        where m.school_id = i.school_id and m.merchant_id = t.merchant_id limit 1) m
      left join lateral (
       select * from payments o
        where o.school_id = i.school_id and o.terminal_id = i.terminal_id
          and o.order_no = i.order_no limit 1) o on true
      left join lateral (
       select * from seen_nonces n
        where n.school_id = i.school_id and n.key_id = i.key_id and n.nonce = i.nonce limit 1) n on true
      left join lateral (
       select * from devices d
        where d.school_id = i.school_id and d.device_id = i.device_id limit 1) d on true
      left join lateral (
       select * from issued_codes c
        where c.school_id = i.school_id and c.code_hash = decode(i.code_hash, 'hex') limit 1) c on true
      left join lateral (
       select * from payment_tokens k
        where i.means in ('card', 'face')
          and k.school_id = i.school_id and k.token_index = decode(i.token_index, 'hex')
          and k.person_id = i.person_id and k.removed_at is null limit 1) k on true
      left join lateral (
       select (select a.agreement_signed_at from wallets a
                where a.school_id = i.school_id and a.person_id = i.person_id),
              i.means = 'face' and exists (
                select from consents f
                 where f.school_id = i.school_id and f.person_id = i.person_id
                   and f.purpose = 'face' and f.withdrawn_at is null) as face_consent
        where i.means in ('card', 'face')) g on true
      left join lateral (
       select * from payment_passwords w
        where ask.password and w.school_id = i.school_id and w.person_id = i.person_id limit 1) w on true
  ),
  done as materialized (
    select f.*,
           case when f.reason is not null then 'REFUSED'
                when f.password then 'AWAITING_PASSWORD'
                when f.source = 'wallet' then 'PAID' else 'PROCESSING' end as status,
           case when f.reason is null and not f.password then f.source end as channel
      from seen f where f.verdict = 'NEW'
  ),
  nonce as (
    insert into seen_nonces (school_id, key_id, nonce, expires_at)
    select e.school_id, e.key_id, e.nonce, now() + interval '3 minutes' from done e
     order by e.school_id, e.key_id, e.nonce
  ),
  payment as (
    insert into payments (
      school_id, terminal_id, order_no, payment_id, content_hash, status, refusal, merchant_id,
      person_id, class, masked_name, list_fen, amount_fen, rule, account, channel, bank_card_id,
      device_id, code_id, spent_on, paid_at, settled_at, confirm_by, means, agreement_signed_at)
    select e.school_id, e.terminal_id, e.order_no, e.payment_id, decode(e.content_hash, 'hex'),
           e.status, e.reason, e.merchant_id,
           e.person_id, e.class, e.masked_name, e.list_fen, e.amount_fen, e.rule, e.account, e.channel,
           case when e.channel = 'bank_card' then e.bank_card_id end,
           e.device_id, e.code_id,
           case when e.status <> 'REFUSED' then today end,
           case when e.status = 'PAID' then now() end,
           case when e.status in ('PAID', 'REFUSED') then now() end,
           case when e.status = 'AWAITING_PASSWORD' then now() + make_interval(secs => e.wait_for_seconds) end,
           e.means, case when e.status <> 'REFUSED' then e.agreement_signed_at end
      from done e
     order by e.school_id, e.terminal_id, e.order_no
  ),
  payer as (
    update payers p
       set wallet_fen = p.wallet_fen - case when e.status = 'PAID' then e.amount_fen else 0 end,
           wallet_version = p.wallet_version + case when e.status = 'PAID' then 1 else 0 end,
           spent_on = today,
           spent_fen = e.spent_fen + e.amount_fen,
           offline_on = case when e.offline then today else p.offline_on end,
           offline_fen = case when e.offline then e.offline_fen + e.amount_fen else p.offline_fen end,
           offline_count = case when e.offline then e.offline_count + 1 else p.offline_count end,
           static_on = case when e.means = 'collection' then today else p.static_on end,
           static_fen = case when e.means = 'collection' then e.static_fen + e.amount_fen else p.static_fen end
      from done e
     where p.school_id = e.school_id and p.person_id = e.person_id and e.status <> 'REFUSED'
  ),
  device as (
    -- R18: this code and all before it are used; after a success, those on display too.
    update devices d
       set last_step = greatest(d.last_step, e.step,
                                case when e.status = 'PAID' then e.present_step else 0 end)
      from done e
     where e.step is not null and d.school_id = e.school_id and d.device_id = e.device_id
  ),
  posting as (
    insert into postings (
      school_id, transaction_id, kind, debit_account, credit_account, amount_fen,
      payment_id, person_id, wallet_version, wallet_fen)
    select e.school_id, e.payment_id, 'payment', 'wallet/' || e.person_id, 'merchant/' || e.merchant_id,
           e.amount_fen, e.payment_id, e.person_id, e.wallet_version + 1, e.wallet_fen - e.amount_fen
      from done e where e.status = 'PAID'
  ),
  movement as (
    -- Intent before the first send: the payment's id is the reference, for ever. The lease keeps
    -- the worker away while the request that made it is still asking.
    insert into external_movements (
      school_id, movement_id, kind, port, reference, person_id, bank_card_id, amount_fen, next_attempt_at)
    select e.school_id, e.payment_id, 'debit',
           case when e.channel = 'one_card' then 'one_card' else 'bank' end,
           'pay-' || e.payment_id, e.person_id,
           case when e.channel = 'bank_card' then e.bank_card_id end,
           e.amount_fen, now() + interval '15 seconds'
      from done e where e.status = 'PROCESSING'
  ),
  event as (
    insert into events (school_id, person_id, event_id, kind, ref, notice)
    select e.school_id, e.person_id, e.payment_id, 'payment', e.payment_id,
           e.status = 'PAID' and e.falls_low is true
      from done e
  )
  select f.ord, f.verdict, f.school_id, f.person_id, decode(f.code_hash, 'hex') as code_hash,
         case when f.reason is not null then 'REFUSED'
              when f.password then 'AWAITING_PASSWORD'
              when f.source = 'wallet' then 'PAID' else 'PROCESSING' end as status,
         f.reason as refusal,
         case when f.reason is null and not f.password then f.source end as channel,
         f.falls_low, f.payment_id, f.wallet_fen - f.amount_fen as left_fen, f.low_balance_fen
    from seen f
  loop
    -- One by one: a join could begin with all issued codes, of which there are none at night, when the
    -- table is analyzed, and many at noon.
    if outcome.verdict = 'NEW' and outcome.code_hash is not null then
      update issued_codes c set used_at = now()
       where c.school_id = outcome.school_id and c.code_hash = outcome.code_hash;
      -- After a success, the person's issued codes still on display die too (R18).
      if outcome.status = 'PAID' then
        update issued_codes c set revoked_at = now()
         where c.school_id = outcome.school_id and c.person_id = outcome.person_id
           and c.used_at is null and c.revoked_at is null;
      end if;
    end if;
    if outcome.falls_low and outcome.verdict = 'NEW' and outcome.status = 'PAID' then
      insert into notices (school_id, person_id, notice_id, kind, data)
      values (outcome.school_id, outcome.person_id, outcome.payment_id, 'low_balance',
              jsonb_build_object('entryId', outcome.payment_id, 'balanceFen', outcome.left_fen,
                                 'thresholdFen', outcome.low_balance_fen));
    end if;
    ord := outcome.ord;
    verdict := outcome.verdict;
    status := case when verdict = 'NEW' then outcome.status end;
    refusal := case when verdict = 'NEW' then outcome.refusal end;
    channel := case when verdict = 'NEW' then outcome.channel end;
    at := now();
    return next;
  end loop;
end
$$;
