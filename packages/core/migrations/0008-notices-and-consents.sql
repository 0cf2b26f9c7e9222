-- R41: what a person should know of even if no page was open, written beside the event it is about and
-- under its id. Kept for 180 days; `at` is the clock and not the transaction, which a restored
-- database counts anew.
create table notices (
  school_id text not null,
  person_id uuid not null,
  notice_id uuid not null, -- event_id
  kind text not null check (kind in ('refund', 'top_up', 'withdrawal', 'low_balance', 'device', 'card',
                                     'password', 'wallet', 'bank_card', 'limits', 'agreement')),
  at timestamptz not null default clock_timestamp(),
  data jsonb not null, -- what was so at that time, as it is told
  read_at timestamptz,
  primary key (school_id, person_id, notice_id)
);
create index notices_by_person on notices (person_id, at desc, notice_id desc);
create index notices_by_age on notices (at);
alter table events add column notice boolean not null default false;

-- A payment that takes the wallet below this makes a notice. Here, because a payment reads the row anyway.
alter table payers add column low_balance_fen bigint check (low_balance_fen > 0);

-- R42: what a person agreed to, purpose by purpose, and in which words.
create table consents (
  school_id text not null,
  consent_id uuid not null,
  person_id uuid not null,
  purpose text not null check (purpose in ('card', 'bank_binding', 'gate_records', 'face')),
  version text not null,
  given_at timestamptz not null default now(),
  withdrawn_at timestamptz,
  primary key (school_id, consent_id)
);
create index consents_by_person on consents (person_id, given_at desc);
create unique index consents_standing on consents (person_id, purpose, version, school_id)
  where withdrawn_at is null;

-- R6: that somebody signed in, once an hour at most, for 90 days.
create table sign_ins (
  school_id text not null,
  person_id uuid not null,
  hour timestamptz not null,
  at timestamptz not null default now(),
  scopes text[] not null,
  channel text not null check (channel in ('school_server')),
  primary key (school_id, person_id, hour)
);
create index sign_ins_by_age on sign_ins (at);

-- R42: everything of a person is read by the person.
create index approvals_by_person on approvals (person_id, created_at desc);
