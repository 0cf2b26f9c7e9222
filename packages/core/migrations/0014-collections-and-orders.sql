-- R24, R25: a till's printed code. Its link is made anew from these whenever it is printed; which one pays is
-- told by the row, so that a withdrawn one is paper. A till's next code goes by the next key.
create table collection_codes (
  school_id text not null,
  collection_no text not null check (collection_no ~ '^[0-9]{10}$'),
  merchant_id uuid not null,
  terminal_id uuid not null,
  key_id int not null check (key_id > 0),
  created_at timestamptz not null default now(),
  withdrawn_at timestamptz,
  primary key (school_id, collection_no)
);
create unique index collection_codes_by_key on collection_codes (school_id, terminal_id, key_id);
create unique index collection_codes_living on collection_codes (school_id, terminal_id)
  where withdrawn_at is null;

-- Who asked whom a code pays, so that nobody goes through the numbers. Kept for a day.
create table collection_lookups (
  school_id text not null,
  lookup_id uuid not null,
  person_id uuid not null,
  at timestamptz not null default now(),
  wrong boolean not null, -- a number of good form that is nobody's
  primary key (school_id, lookup_id)
);
create index collection_lookups_by_person on collection_lookups (school_id, person_id, at);
create index collection_lookups_by_age on collection_lookups (at);

-- For staff whose till has no power, by the hash of what stands in the page's address.
create table incoming_pages (
  school_id text not null,
  page_id uuid not null,
  merchant_id uuid not null,
  token_hash bytea not null,
  created_at timestamptz not null default now(),
  withdrawn_at timestamptz,
  primary key (school_id, page_id)
);
create unique index incoming_pages_by_token on incoming_pages (token_hash, school_id);

-- What the page and a till that is back ask for, and by which number the phone began it.
create index payments_incoming on payments (school_id, merchant_id, paid_at desc)
  where means = 'collection' and paid_at is not null;
create index payments_of_collections on payments (school_id, person_id, order_no)
  where means = 'collection';

-- R38: an online order. Its payments are rows of payments under order_no, order_no~2, order_no~3 …: the next
-- one only after all before it came to nothing for good. A close takes the next number for a tombstone.
create table online_orders (
  school_id text not null,
  terminal_id uuid not null,
  order_no text not null,
  order_id uuid not null,
  merchant_id uuid not null,
  content_hash bytea not null,
  description text not null,
  list_fen bigint not null check (list_fen > 0),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  payment_id uuid, -- that paid
  closed_at timestamptz,
  primary key (school_id, terminal_id, order_no),
  check (payment_id is null or closed_at is null)
);
create unique index online_orders_by_id on online_orders (order_id, school_id);
create index online_orders_open on online_orders (expires_at)
  where payment_id is null and closed_at is null;

-- One payment of an order at most is paid or under way, whatever the program thinks.
create unique index payments_of_orders on payments (school_id, terminal_id, split_part(order_no, '~', 1))
  where means = 'order' and status in ('PAID', 'AWAITING_PASSWORD', 'PROCESSING', 'UNKNOWN', 'REVERSING');

-- Where somebody's server is told what happened: of an online terminal under its own id.
create table webhook_endpoints (
  school_id text not null,
  endpoint_id uuid not null,
  url text not null,
  sealed_secret bytea not null,
  primary key (school_id, endpoint_id)
);

-- What is told, written in the transaction in which it happened. The id is that of what happened, so that
-- nothing is told under two ids.
create table webhooks (
  school_id text not null,
  webhook_id uuid not null,
  endpoint_id uuid not null,
  type text not null,
  data jsonb not null,
  created_at timestamptz not null default now(),
  attempt_count int not null default 0,
  next_attempt_at timestamptz default now(), -- null: delivered, or given up
  delivered_at timestamptz,
  failure text, -- of the last attempt, in a word
  primary key (school_id, webhook_id)
);
create index webhooks_due on webhooks (endpoint_id, next_attempt_at) where next_attempt_at is not null;
create index webhooks_by_age on webhooks (created_at) where next_attempt_at is null;

-- pay_batch, for a batch with online orders in it: what it paid is marked and told in the same transaction.
create function pay_batch_with_orders(items json)
returns table (ord int, verdict text, status text, refusal text, channel text, at timestamptz)
language sql
as $$
  with done as materialized (select * from pay_batch(items)),
  paid as materialized (
    select i.*
      from done d
      join json_to_recordset(items) as i(
             ord int, school_id text, terminal_id uuid, order_no text, payment_id uuid, amount_fen bigint,
             means text)
        on i.ord = d.ord
     where i.means = 'order' and d.verdict = 'NEW' and d.status = 'PAID'
  ),
  marked as (
    update online_orders o set payment_id = p.payment_id
      from paid p
     where o.school_id = p.school_id and o.terminal_id = p.terminal_id
       and o.order_no = split_part(p.order_no, '~', 1)
    returning o.school_id, o.terminal_id, o.order_no, o.order_id, p.payment_id, p.amount_fen
  ),
  told as (
    insert into webhooks (school_id, webhook_id, endpoint_id, type, data)
    select m.school_id, m.payment_id, e.endpoint_id, 'order.paid',
           jsonb_build_object('schoolId', m.school_id, 'orderId', m.order_id, 'orderNo', m.order_no,
                              'amountFen', m.amount_fen, 'refundNo', null)
      from marked m
      join webhook_endpoints e on e.school_id = m.school_id and e.endpoint_id = m.terminal_id
  )
  select * from done
$$;
