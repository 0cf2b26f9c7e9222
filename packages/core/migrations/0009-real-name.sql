-- Real name by face with liveness, where the school asks for it (R2, R9, R15).
alter table schools
  add column face_at_binding boolean not null default false, -- a wallet is opened only after a face check
  add column limit_ceiling_face_fen bigint check (limit_ceiling_face_fen > 0); -- R15; null: as for all

-- When the person last passed one. Of the face there is nothing.
alter table wallets add column face_checked_at timestamptz;

-- A face check belongs to the binding that it was started for, and to no other.
alter table card_bindings
  add column face_status text check (face_status in ('pending', 'passed', 'failed', 'expired')),
  add column face_expires_at timestamptz,
  add column face_ask_at timestamptz, -- when the worker asks the provider next
  add column token text; -- the bank's: the SMS code was right, and the face is awaited
create index card_bindings_face on card_bindings (face_ask_at) where face_status = 'pending';

alter table consents drop constraint consents_purpose_check;
alter table consents add constraint consents_purpose_check
  check (purpose in ('card', 'bank_binding', 'face_check', 'gate_records', 'face'));
