-- Showers (R26) and utilities (R39).

-- R26: who may turn on the water. The bath number is looked for at controllers; guesses are counted by it
-- whether it is anybody's or not, so that both look alike. Numbers of nobody have neither person nor hash
-- and are swept after a day.
create table water_passwords (
  school_id text not null,
  bath_no text not null check (bath_no ~ '^\d{8}$'),
  person_id uuid,
  hash text, -- Argon2id in PHC form, keyed with the pepper that only the key process has
  wrong_count int not null default 0 check (wrong_count between 0 and 5),
  locked_at timestamptz,
  last_wrong bytea, -- keyed hash of the newest wrong guess and its session: a repeat is not counted again
  set_at timestamptz not null default now(),
  primary key (school_id, bath_no),
  check ((person_id is null) = (hash is null))
);
create unique index water_passwords_by_person on water_passwords (person_id, school_id)
  where person_id is not null;

alter table terminals add column water jsonb; -- showers: the tariff (R26)

-- One shower. Its money lies in hold/<session_id> while it runs; its payment, if it costs anything, has the
-- same id. Tariff and rule are as they were at the start. Lock order: payer, then session.
create table water_sessions (
  school_id text not null,
  terminal_id uuid not null,
  session_no text not null,
  session_id uuid not null,
  content_hash bytea not null, -- keyed: of bath number and password
  person_id uuid not null,
  merchant_id uuid not null,
  class text not null,
  masked_name text not null,
  status text not null default 'RUNNING' check (status in ('RUNNING', 'ENDED')),
  hold_fen bigint not null check (hold_fen > 0),
  fen_per_10_litres int not null check (fen_per_10_litres > 0),
  litres_per_minute_max int not null check (litres_per_minute_max > 0),
  rule jsonb, -- the merchant's price rule for the class, if there is one
  max_ml bigint not null check (max_ml > 0),
  spent_on date not null, -- day whose limit it counts against
  total_ml bigint not null default 0 check (total_ml between 0 and max_ml), -- as far as it is believed
  last_seq int not null default 0,
  amount_fen bigint check (amount_fen between 0 and hold_fen), -- charged; null while it runs
  ended_by text check (ended_by in ('controller', 'phone', 'used_up', 'idle', 'locked')),
  started_at timestamptz not null default now(),
  heard_at timestamptz not null default now(),
  ended_at timestamptz,
  primary key (school_id, terminal_id, session_no),
  check ((status = 'ENDED') = (ended_at is not null)),
  check ((status = 'ENDED') = (amount_fen is not null)),
  check ((status = 'ENDED') = (ended_by is not null))
);
create unique index water_sessions_by_id on water_sessions (session_id, school_id);
create unique index water_sessions_running on water_sessions (person_id, school_id)
  where status = 'RUNNING';
create index water_sessions_by_person on water_sessions (person_id, started_at desc);
create index water_sessions_heard on water_sessions (heard_at) where status = 'RUNNING';

-- What dormitories pay for. Each has a terminal of its own, that nobody has the key of, for its payments.
create table utilities (
  school_id text not null,
  utility_id uuid not null,
  kind text not null check (kind in ('electricity', 'water', 'network')),
  name text not null,
  campus text, -- R40; null: everybody's
  account_word jsonb not null,
  terminal_id uuid not null,
  enabled boolean not null default true,
  primary key (school_id, utility_id),
  unique (school_id, name)
);

-- What a payment by means 'utility' is for; the payment has its id as order number, if one came of it.
-- Delivered by the external movement delivery_id, which is written in the transaction that makes the payment PAID.
create table utility_top_ups (
  school_id text not null,
  top_up_id uuid not null,
  utility_id uuid not null,
  person_id uuid not null,
  account_no text not null,
  label text not null,
  amount_fen bigint not null check (amount_fen > 0),
  delivery_id uuid not null,
  receipt text,
  created_at timestamptz not null default now(),
  primary key (school_id, top_up_id)
);
create unique index utility_top_ups_by_delivery on utility_top_ups (delivery_id, school_id);
create index utility_top_ups_by_person on utility_top_ups (person_id, created_at desc);

-- How often somebody has had rooms looked up; swept after a day.
create table utility_look_ups (
  school_id text not null,
  person_id uuid not null,
  at timestamptz not null default now()
);
create index utility_look_ups_by_person on utility_look_ups (person_id, at);
