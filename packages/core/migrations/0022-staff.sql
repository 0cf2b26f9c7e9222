-- Staff at the school's console (docs/console.md).

create table staff (
  school_id text not null,
  staff_id uuid not null,
  name text not null check (name ~ '^[a-z0-9][a-z0-9._-]{1,31}$'),
  display_name text not null,
  roles text[] not null
    check (cardinality(roles) > 0 and roles <@ array['admin', 'finance', 'card_office', 'support']),
  password_hash text, -- Argon2id in PHC form, keyed with the pepper that only the key process has; null: to be set up
  sealed_totp bytea, -- null until somebody opens the set-up; proven only together with a password
  last_totp_step bigint not null default 0, -- RFC 6238: a code is good once, and none before it
  set_up_hash bytea, -- of the code that sets the account up, once
  set_up_expires_at timestamptz,
  off_at timestamptz,
  created_at timestamptz not null default now(),
  last_sign_in_at timestamptz,
  primary key (school_id, staff_id),
  unique (name, school_id),
  check ((set_up_hash is null) = (set_up_expires_at is null)),
  check (password_hash is null or sealed_totp is not null)
);
create unique index staff_by_set_up on staff (set_up_hash, school_id) where set_up_hash is not null;

-- Wrong entries in a row, by a name that may be nobody's, so that both look alike.
create table staff_tries (
  school_id text not null,
  name_index bytea not null, -- keyed hash
  wrong_count int not null,
  locked_until timestamptz,
  at timestamptz not null default now(),
  primary key (school_id, name_index)
);
create index staff_tries_by_age on staff_tries (at);

create table staff_sessions (
  school_id text not null,
  session_hash bytea not null,
  staff_id uuid not null,
  agent_hash bytea not null, -- of the browser's own name: another one that shows the cookie ends it
  began_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  primary key (school_id, session_hash)
);
create index staff_sessions_by_staff on staff_sessions (staff_id);
create index staff_sessions_by_age on staff_sessions (began_at);

-- What takes a second person.
create table staff_tasks (
  school_id text not null,
  task_id uuid not null, -- a refund's own id
  kind text not null check (kind in ('refund', 'clear_difference')),
  payment_id uuid,
  amount_fen bigint check (amount_fen > 0),
  difference jsonb, -- port, reference and since when
  reason text not null,
  asked_by uuid not null,
  asked_at timestamptz not null default now(),
  state text not null default 'waiting' check (state in ('waiting', 'approved', 'declined')),
  decided_by uuid,
  decided_at timestamptz,
  primary key (school_id, task_id),
  check ((state = 'waiting') = (decided_by is null) and (state = 'waiting') = (decided_at is null)),
  check (state <> 'approved' or decided_by <> asked_by),
  check ((kind = 'refund') = (payment_id is not null) and (kind = 'refund') = (amount_fen is not null)),
  check ((kind = 'clear_difference') = (difference is not null))
);
create index staff_tasks_by_payment on staff_tasks (payment_id) where payment_id is not null;
create index staff_tasks_by_time on staff_tasks (school_id, asked_at desc);

alter table schools
  add column refund_alone_fen bigint not null default 20000; -- a larger refund takes a second person

-- What staff did and looked at. Rows are added, and removed after six months; nothing else.
create table staff_audit (
  school_id text not null,
  audit_id uuid not null,
  at timestamptz not null default clock_timestamp(),
  staff_id uuid, -- null: nobody that we know
  staff_name text,
  operation text not null,
  outcome text not null,
  person_id uuid,
  ref text,
  reason text,
  amount_fen bigint,
  address text not null,
  request_id text not null,
  primary key (school_id, audit_id)
);
create index staff_audit_by_staff on staff_audit (staff_id, audit_id desc) where staff_id is not null;
create index staff_audit_by_person on staff_audit (person_id, audit_id desc) where person_id is not null;
create index staff_audit_by_age on staff_audit (at);
revoke update, truncate on staff_audit from public;

create function keep_staff_audit() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and old.at < clock_timestamp() - interval '6 months' then return old; end if;
  raise exception 'the audit log of staff is only ever added to';
end
$$;
create trigger staff_audit_stays before update or delete on staff_audit
  for each row execute function keep_staff_audit();
create trigger staff_audit_is_not_emptied before truncate on staff_audit
  for each statement execute function keep_staff_audit();

-- What persons were told no to, by the id that they see and read out at the office. Kept for two weeks.
create table refused_calls (
  school_id text not null,
  request_id text not null,
  person_id uuid not null,
  route text not null,
  code text not null,
  at timestamptz not null default now(),
  primary key (school_id, request_id)
);
create index refused_calls_by_age on refused_calls (at);

-- By what staff look for people: a full name through its mask, the end of a phone number by its keyed hash.
alter table people add column phone_tail_index bytea; -- empty: no phone; null: not looked at yet
create index people_by_masked_name on people (masked_name, school_id);
create index people_by_phone_tail on people (phone_tail_index, school_id) where length(phone_tail_index) > 0;
create index people_without_phone_tail on people (school_id, person_id) where phone_tail_index is null;

alter table terminals add column last_contact_at timestamptz;

-- A difference that a person has looked into and put aside: it stays in the books' sums (docs/matching.md).
create table cleared_differences (
  school_id text not null,
  port text not null,
  reference text not null,
  since_day date not null,
  task_id uuid not null,
  cleared_at timestamptz not null default now(),
  primary key (school_id, port, reference, since_day)
);
