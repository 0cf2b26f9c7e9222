-- Access (R4, R5, R30–R32, R40): who may pass which gate, by codes that a gate checks alone.

alter table people
  add column groups text[] not null default '{}', -- R30: as the school has them now
  -- Number of the set of groups that policies tell apart; what a credential carries in their place.
  add column access_profile int not null default 0 check (access_profile between 0 and 65535);

alter table schools
  add column access_algorithm text not null default 'ed25519'
    check (access_algorithm in ('ed25519', 'sm2')),
  add column credential_minutes int not null default 1440
    check (credential_minutes between 10 and 4320),
  -- Credentials that begin before this are revoked, all of them.
  add column credentials_not_before timestamptz;

-- Sets of groups and single people that policies name; a number is never used anew.
create table access_profiles (
  school_id text not null,
  profile int not null check (profile between 1 and 65535),
  -- Sorted: group/<name>, person/<id>, and class/<class>, because some gatherings are for a group's students.
  members text[] not null,
  primary key (school_id, profile),
  unique (members, school_id)
);

create table access_policies (
  school_id text not null,
  policy_id uuid not null,
  name text not null,
  policy jsonb not null, -- as access/policies.ts has it: card numbers as person ids
  primary key (school_id, policy_id),
  unique (name, school_id)
);

create table gates (
  school_id text not null,
  gate_id uuid not null,
  name text not null,
  campus text,
  zone text not null,
  purposes text[] not null,
  permissions text[] not null default '{}',
  stale_list text not null check (stale_list in ('open', 'closed')),
  shown_past_seconds int not null,
  shown_future_seconds int not null,
  enabled boolean not null default true,
  key_id text not null,
  sealed_key bytea not null,
  -- The policy as it was last written, so that its number rises only when it says something new.
  policy_seq bigint not null default 0,
  policy_digest bytea,
  -- What the gate says it has stored (R32).
  list_seq bigint not null default 0,
  keys_seq bigint not null default 0,
  held_policy_seq bigint not null default 0,
  last_contact_at timestamptz,
  bad_streak int not null default 0, -- wrong identity codes in a row
  paused_until timestamptz,
  primary key (school_id, gate_id),
  unique (key_id, school_id),
  unique (name, school_id)
);

-- The issuer's keys; the private halves are derived in the key process and stored nowhere.
create table issuer_keys (
  school_id text not null,
  key_id int not null check (key_id between 0 and 255),
  algorithm text not null check (algorithm in ('ed25519', 'sm2')),
  public_key bytea not null,
  not_before timestamptz not null, -- believed from here …
  sign_until timestamptz not null, -- of those that may still sign, the one that ends first does
  not_after timestamptz not null, -- … until here
  withdrawn_at timestamptz, -- leaves the key set at once
  primary key (school_id, key_id)
);

-- One row a school: the numbers that only rise, and what a writer of lists or key sets locks.
create table access_state (
  school_id text primary key,
  keys_seq bigint not null default 0,
  keys_document jsonb, -- the signed document as gates get it
  list_seq bigint not null default 0,
  list_document jsonb, -- without its hashes, which are written out of the credentials
  list_floor_seq bigint not null default 0 -- from lists before this no delta can be told any more
);

create table access_credentials (
  school_id text not null,
  credential_hash bytea not null check (length(credential_hash) = 8), -- of bytes 0–45
  credential_id uuid not null,
  person_id uuid not null,
  label text not null,
  class text not null,
  profile int not null,
  not_before timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  revoked_reason text check (revoked_reason in
    ('card_locked', 'card_closed', 'device_removed', 'consent_withdrawn', 'changed', 'signed_out',
     'replaced')),
  listed_seq bigint, -- the first list that has it
  unlisted_seq bigint, -- the first list that has it no more
  -- In one word for the planner, which would multiply what belongs together and read the whole table: gates
  -- ask several times a second whether anything is waiting.
  list_state text generated always as (
    case when revoked_at is null then null
         when unlisted_seq is not null then 'gone'
         when listed_seq is not null then 'listed'
         when revoked_reason = 'replaced' then 'idle'
         else 'waiting' end) stored,
  primary key (school_id, credential_hash)
);
create unique index access_credentials_by_id on access_credentials (credential_id, school_id);
create index access_credentials_by_person on access_credentials (person_id, not_before desc);
create index access_credentials_by_expiry on access_credentials (expires_at);
-- Those that a list has to take up, or has and may let go; then what has come and gone since a list.
create index access_credentials_by_list_state on access_credentials (school_id, list_state, expires_at)
  where list_state is not null;
create index access_credentials_come on access_credentials (school_id, listed_seq)
  where listed_seq is not null;
create index access_credentials_gone on access_credentials (school_id, unlisted_seq)
  where unlisted_seq is not null;

create table gatherings (
  school_id text not null,
  gathering_id uuid not null,
  context int not null check (context between 1 and 65535),
  purpose text not null check (purpose in ('meeting', 'attendance')),
  title text not null,
  zone text not null,
  organiser_id uuid not null,
  classes text[] not null,
  groups text[] not null,
  minutes int not null, -- as asked for; it may be ended earlier
  starts_at timestamptz not null default now(),
  ends_at timestamptz not null,
  primary key (school_id, gathering_id)
);
create index gatherings_by_organiser on gatherings (organiser_id, starts_at desc);
create index gatherings_by_end on gatherings (ends_at);

-- What gates have read, kept for 90 days (R42).
create table access_records (
  school_id text not null,
  record_id uuid not null,
  gate_id uuid not null,
  at timestamptz not null,
  result text not null check (result in ('opened', 'refused')),
  refusal text,
  credential_hash bytea,
  person_id uuid,
  shown_at timestamptz,
  purpose text,
  context int,
  gathering_id uuid,
  replayed boolean not null default false, -- the same code was used at another gate
  revoked boolean not null default false, -- its credential had been revoked by then
  received_at timestamptz not null default now(),
  primary key (school_id, record_id)
);
create index access_records_by_person on access_records (person_id, at desc, record_id desc);
create index access_records_by_gate on access_records (gate_id, at desc, record_id desc);
create index access_records_by_shown on access_records (credential_hash, shown_at)
  where result = 'opened';
create index access_records_by_gathering on access_records (gathering_id)
  where gathering_id is not null;
create index access_records_by_age on access_records (at);

create table identity_codes (
  school_id text not null,
  code_hash bytea not null,
  code_id uuid not null,
  person_id uuid not null,
  issued_at timestamptz not null,
  expires_at timestamptz not null,
  used_by uuid, -- the gate that asked; it may ask again
  revoked_at timestamptz,
  primary key (school_id, code_hash)
);
create index identity_codes_by_person on identity_codes (person_id, issued_at desc);
create index identity_codes_by_expiry on identity_codes (expires_at);

alter table events drop constraint events_kind_check;
alter table events add constraint events_kind_check
  check (kind in ('payment', 'refund', 'scan_refused', 'card', 'device', 'transfer', 'wallet', 'access'));
