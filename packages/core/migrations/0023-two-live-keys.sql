-- R35: keys change without a pause. What a terminal, a gate or a school's server signed or signed in with before
-- stays good beside the new one until its end; of each owner there are two at most.
create table previous_keys (
  school_id text not null,
  key_id text not null,
  owner_id uuid not null, -- a terminal or a gate
  sealed_key bytea not null, -- under the same context as the owner's own
  ends_at timestamptz not null,
  primary key (school_id, key_id),
  unique (owner_id, school_id)
);
create index previous_keys_by_end on previous_keys (ends_at);

alter table schools
  add column previous_secret_hash bytea,
  add column previous_secret_ends_at timestamptz,
  add check ((previous_secret_hash is null) = (previous_secret_ends_at is null));
