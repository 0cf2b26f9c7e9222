-- The wallet's life: bound cards, limits, agreement, closing; transfers; the payment password and what
-- it approves.

-- What of a wallet no payment looks at. A row is made when first needed.
create table wallets (
  school_id text not null,
  person_id uuid not null,
  unbind_count int not null default 0 check (unbind_count between 0 and 3), -- R10
  reopen_count int not null default 0 check (reopen_count between 0 and 3), -- R11
  opened_at timestamptz,
  closed_at timestamptz,
  agreement_signed_at timestamptz, -- R14
  primary key (school_id, person_id)
);

-- R14: marked groups are urged to sign the password-free agreement.
alter table people add column agreement_urged boolean not null default false;

-- R15: neither limit of a person may be higher.
alter table schools add column limit_ceiling_fen bigint not null default 100000;

-- A card that the bank is checking (R9). Name, ID number and card number go to the bank and stay there.
create table card_bindings (
  school_id text not null,
  binding_id uuid not null,
  person_id uuid not null,
  bank_name text, -- null unless the bank has sent its SMS
  tail text check (tail ~ '^\d{4}$'),
  started_at timestamptz not null default now(),
  expires_at timestamptz not null,
  turned_down boolean not null default false, -- by the bank, or as another's: no SMS was sent
  bound_card_id uuid, -- set once, by the confirmation that bound it
  primary key (school_id, binding_id)
);
create index card_bindings_by_person on card_bindings (person_id, started_at desc);
create index card_bindings_by_expiry on card_bindings (expires_at);
create unique index bank_cards_bound on bank_cards (person_id, token, school_id)
  where unbound_at is null;

-- The payment password approves a phone where there is one; then no SMS is sent.
alter table enrolments alter column code_hash drop not null;
alter table enrolments add column approval_id uuid; -- the approval that confirmed it

-- Proof that the person holds a phone, for a payment password that is set first or again (R16).
create table verifications (
  school_id text not null,
  verification_id uuid not null,
  person_id uuid not null,
  means text not null check (means in ('bank_card', 'school_phone', 'binding')),
  card_id uuid, -- means = bank_card
  code_hash bytea, -- means = school_phone; the bank keeps its own
  tries_left int not null default 5,
  sent_at timestamptz not null default now(),
  expires_at timestamptz not null,
  confirmed_at timestamptz,
  spent_at timestamptz,
  primary key (school_id, verification_id)
);
create index verifications_by_person on verifications (person_id, sent_at desc);
create index verifications_by_expiry on verifications (expires_at);

create table payment_passwords (
  school_id text not null,
  person_id uuid not null,
  hash text not null, -- Argon2id in PHC form, keyed with the pepper that only the key process has
  phrase bytea not null, -- sealed: the words by which the person knows the keypad (R16)
  wrong_count int not null default 0 check (wrong_count between 0 and 5),
  locked_at timestamptz,
  set_at timestamptz not null default now(),
  primary key (school_id, person_id)
);

-- One thing that the payment password is asked for.
create table approvals (
  school_id text not null,
  approval_id uuid not null,
  person_id uuid not null,
  action jsonb not null,
  return_to text not null,
  ticket_hash bytea not null,
  opened_at timestamptz, -- the ticket was used
  page_hash bytea, -- of the secret that the opened keypad page holds
  challenge bytea not null check (length(challenge) = 32),
  status text not null default 'waiting'
    check (status in ('waiting', 'approved', 'spent', 'cancelled')),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  primary key (school_id, approval_id)
);
create index approvals_by_expiry on approvals (expires_at);

-- R12: withdrawals leave the wallet when asked for, wait in transit, and are posted or voided.
alter table external_movements drop constraint external_movements_kind_check;
alter table external_movements add constraint external_movements_kind_check
  check (kind in ('debit', 'refund', 'top_up', 'withdrawal'));
alter table external_movements
  add column unknown_at timestamptz, -- transfers: since when nobody knows the outcome
  add column settled_at timestamptz;
create index transfers_by_person on external_movements (person_id, created_at desc)
  where kind in ('top_up', 'withdrawal');

alter table postings drop constraint postings_kind_check;
alter table postings add constraint postings_kind_check
  check (kind in ('payment', 'reversal', 'refund', 'top_up',
                  'withdrawal', 'withdrawal_posted', 'withdrawal_voided'));

alter table events drop constraint events_kind_check;
alter table events add constraint events_kind_check
  check (kind in ('payment', 'refund', 'scan_refused', 'card', 'device', 'transfer', 'wallet'));
