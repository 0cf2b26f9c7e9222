-- Every primary key begins with school_id, every unique index has it, nothing refers across schools,
-- ids come from outside (UUIDv7): the tables can be distributed by school. Other indexes begin with
-- what they find by, so that no plan can take one of them for a walk over a whole school.
-- Times are the database's clock, days are Asia/Shanghai.

create table schools (
  school_id text primary key check (school_id ~ '^\d{4}$'),
  name text not null,
  name_en text not null,
  accent text not null,
  support_contact text not null,
  origins text[] not null,
  secret_hash bytea not null, -- SHA-256 of a 256-bit random secret
  single_limit_fen bigint not null default 20000, -- R23
  daily_limit_fen bigint not null default 100000, -- R23
  offline_single_fen bigint not null default 10000,
  offline_daily_fen bigint not null default 30000,
  offline_daily_count int not null default 5
);

-- Who somebody is. Name, card number and phone are sealed by the key process.
create table people (
  school_id text not null,
  person_id uuid not null,
  card_no_index bytea not null, -- keyed hash, so that a number can be looked up and not read
  sealed bytea not null,
  masked_name text not null,
  masked_card_no text not null,
  class text not null check (class in ('student', 'teacher', 'external', 'visitor')),
  campus text,
  primary key (school_id, person_id),
  unique (card_no_index, school_id)
);

-- What a payment locks: card, wallet and the day's spending of one person, in one row.
create table payers (
  school_id text not null,
  person_id uuid not null,
  card_status text not null check (card_status in ('unclaimed', 'active', 'locked', 'closed')),
  default_account text not null check (default_account in ('wallet', 'one_card')),
  one_card_status text not null check (one_card_status in ('not_open', 'open')),
  wallet_status text not null check (wallet_status in ('not_open', 'open', 'closed')),
  wallet_fen bigint not null default 0 check (wallet_fen >= 0),
  wallet_version bigint not null default 0, -- number of the newest posting that touched the wallet
  bank_card_id uuid, -- R13: charged in full when the wallet is short
  single_limit_fen bigint not null,
  daily_limit_fen bigint not null,
  spent_on date not null default '1970-01-01',
  spent_fen bigint not null default 0 check (spent_fen >= 0),
  offline_on date not null default '1970-01-01',
  offline_fen bigint not null default 0,
  offline_count int not null default 0,
  primary key (school_id, person_id)
);

create table bank_cards (
  school_id text not null,
  card_id uuid not null,
  person_id uuid not null,
  token text not null, -- the bank's name for the card; no card number is known here
  bank_name text not null,
  tail text not null check (tail ~ '^\d{4}$'),
  bound_at timestamptz not null default now(),
  unbound_at timestamptz,
  primary key (school_id, card_id)
);
create index bank_cards_by_person on bank_cards (person_id);

create table merchants (
  school_id text not null,
  merchant_id uuid not null,
  name text not null,
  accepting boolean not null default true,
  price_rules jsonb not null default '[]',
  primary key (school_id, merchant_id)
);

create table terminals (
  school_id text not null,
  terminal_id uuid not null,
  merchant_id uuid not null,
  name text not null,
  enabled boolean not null default true,
  key_id text not null,
  sealed_key bytea not null,
  bad_streak int not null default 0, -- wrong codes in a row
  paused_until timestamptz,
  bad_window_start timestamptz,
  bad_window_count int not null default 0,
  locked_at timestamptz,
  primary key (school_id, terminal_id),
  unique (key_id, school_id)
);

-- A slot is a person's place among the seven-digit indices; enrolling again keeps it.
create table device_slots (
  school_id text not null,
  device_index int not null check (device_index between 0 and 9999999),
  person_id uuid not null,
  device_id uuid, -- the device that draws codes under this index now
  primary key (school_id, device_index)
);
create index device_slots_by_person on device_slots (person_id);

create table devices (
  school_id text not null,
  device_id uuid not null,
  person_id uuid not null,
  device_index int not null,
  status text not null check (status in ('active', 'removed')),
  label text not null,
  public_key bytea not null check (length(public_key) = 65),
  grant_id uuid not null, -- the grant the phone is known to hold
  grant_salt bytea not null,
  grant_issued_at timestamptz not null,
  next_grant_id uuid, -- issued, not yet acknowledged or used
  next_grant_salt bytea,
  next_grant_issued_at timestamptz,
  previous_grant_salt bytea,
  previous_grant_ends_at timestamptz,
  last_contact_at timestamptz not null,
  last_step bigint not null default 0, -- R18: codes up to this ten-second step are used
  bad_epoch bigint not null default 0,
  bad_count int not null default 0,
  enrolled_at timestamptz not null default now(),
  primary key (school_id, device_id)
);
create index devices_by_person on devices (person_id);

create table enrolments (
  school_id text not null,
  enrolment_id uuid not null,
  person_id uuid not null,
  public_key bytea not null,
  label text not null,
  code_hash bytea not null,
  tries_left int not null default 5,
  sent_at timestamptz not null default now(),
  expires_at timestamptz not null,
  confirmed_device_id uuid,
  primary key (school_id, enrolment_id)
);
create index enrolments_by_person on enrolments (person_id, sent_at desc);

create table issued_codes (
  school_id text not null,
  code_hash bytea not null,
  code_id uuid not null,
  person_id uuid not null,
  account text not null check (account in ('wallet', 'one_card')),
  revealed boolean not null,
  issued_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  used_at timestamptz,
  primary key (school_id, code_hash)
);
create index issued_codes_by_person on issued_codes (person_id, issued_at desc);

-- One order of one terminal. status: docs/core-api.md.
create table payments (
  school_id text not null,
  terminal_id uuid not null,
  order_no text not null,
  payment_id uuid not null,
  content_hash bytea, -- null: reversed before it arrived
  status text not null
    check (status in ('PAID', 'REFUSED', 'PROCESSING', 'UNKNOWN', 'REVERSING', 'REVERSED')),
  refusal text,
  merchant_id uuid not null,
  person_id uuid,
  class text,
  masked_name text,
  list_fen bigint,
  amount_fen bigint,
  rule jsonb,
  account text, -- which account the code named
  channel text check (channel in ('wallet', 'one_card', 'bank_card')), -- where the money comes from
  bank_card_id uuid,
  device_id uuid,
  code_id uuid,
  spent_on date, -- day whose limit it counts against
  paid_at timestamptz,
  settled_at timestamptz,
  refunded_fen bigint not null default 0,
  created_at timestamptz not null default now(),
  primary key (school_id, terminal_id, order_no),
  check (refunded_fen >= 0 and refunded_fen <= coalesce(amount_fen, 0)),
  check (status <> 'PAID' or (paid_at is not null and channel is not null))
);
create unique index payments_by_id on payments (payment_id, school_id);
create index payments_by_person on payments (person_id, created_at desc)
  where person_id is not null;

create table refunds (
  school_id text not null,
  terminal_id uuid not null,
  order_no text not null,
  refund_no text not null,
  refund_id uuid not null,
  payment_id uuid not null,
  person_id uuid not null,
  amount_fen bigint not null check (amount_fen > 0),
  status text not null check (status in ('PROCESSING', 'REFUNDED', 'DECLINED')),
  created_at timestamptz not null default now(),
  settled_at timestamptz,
  primary key (school_id, terminal_id, order_no, refund_no)
);
create unique index refunds_by_id on refunds (refund_id, school_id);
create index refunds_by_person on refunds (person_id, created_at desc);

-- Money asked of the bank or the one-card system: written before the first send, never forgotten.
create table external_movements (
  school_id text not null,
  movement_id uuid not null, -- payment_id, refund_id or top-up id
  kind text not null check (kind in ('debit', 'refund', 'top_up')),
  port text not null check (port in ('bank', 'one_card')),
  reference text not null, -- what the outside system knows it by, for ever
  debit_reference text, -- refunds: the debit they belong to
  person_id uuid not null,
  bank_card_id uuid,
  amount_fen bigint not null check (amount_fen > 0),
  state text not null default 'open' check (state in ('open', 'done')),
  attempt_count int not null default 0,
  outcome text check (outcome in ('succeeded', 'declined', 'reversed')),
  next_attempt_at timestamptz not null,
  created_at timestamptz not null default now(),
  primary key (school_id, movement_id),
  unique (reference, school_id)
);
create index external_movements_open on external_movements (next_attempt_at) where state = 'open';

-- The books. Append-only; one row is one amount from a debit account to a credit account.
-- Accounts: wallet/<person>, merchant/<merchant>, clearing/bank, clearing/one_card.
create table postings (
  school_id text not null,
  transaction_id uuid not null,
  kind text not null check (kind in ('payment', 'reversal', 'refund', 'top_up')),
  debit_account text not null,
  credit_account text not null,
  amount_fen bigint not null check (amount_fen > 0),
  payment_id uuid,
  person_id uuid not null,
  wallet_version bigint, -- gapless per person, when a wallet is one of the two sides
  wallet_fen bigint, -- the wallet after this posting
  tx xid8 not null default pg_current_xact_id(),
  posted_at timestamptz not null default now(),
  primary key (school_id, transaction_id),
  check (debit_account <> credit_account),
  check ((wallet_version is null) = (wallet_fen is null))
);
create unique index postings_by_wallet on postings (person_id, wallet_version, school_id)
  where wallet_version is not null;
create index postings_by_payment on postings (payment_id) where payment_id is not null;
create index postings_by_tx on postings (tx, transaction_id);

-- Merchant and clearing balances up to a point of the books; what came later is added when asked.
create table balance_snapshots (
  school_id text not null,
  account text not null,
  balance_fen bigint not null,
  primary key (school_id, account)
);
create table balance_rollup (
  school_id text primary key default '*' check (school_id = '*'), -- one row for the installation
  tx xid8 not null,
  transaction_id uuid not null
);

-- What happened to people, written in the transaction that made it happen.
create table events (
  school_id text not null,
  person_id uuid not null,
  tx xid8 not null default pg_current_xact_id(),
  event_id uuid not null,
  kind text not null check (kind in ('payment', 'refund', 'scan_refused', 'card', 'device')),
  ref uuid, -- payment_id, refund_id or device_id
  detail jsonb,
  at timestamptz not null default now(),
  primary key (school_id, person_id, tx, event_id)
);
create index events_by_tx on events (tx, event_id);

-- Signature nonces and proof ids of calls that change something.
create table seen_nonces (
  school_id text not null, -- '*' for calls that name no school
  key_id text not null,
  nonce text not null,
  expires_at timestamptz not null,
  primary key (school_id, key_id, nonce)
);
create index seen_nonces_by_expiry on seen_nonces (expires_at);

-- Wrong codes per school and day: an alarm at 2,000.
create table bad_code_days (
  school_id text not null,
  day date not null,
  count int not null,
  primary key (school_id, day)
);
