-- WeChat's own code at terminals (R27).

-- Whose WeChat it is. One person per WeChat and one WeChat per person; it ends with the wallet or the card.
create table wechat_bindings (
  school_id text not null,
  person_id uuid not null,
  openid_index bytea not null, -- keyed hash
  sealed_openid bytea not null,
  bound_at timestamptz not null default now(),
  primary key (school_id, person_id),
  unique (openid_index, school_id)
);

-- Somebody on the way to WeChat's page and back. Who signed in there is bound when the page that was left says
-- so in the person's own session: the address of WeChat's page could have been given to somebody else.
create table wechat_sign_ins (
  school_id text not null,
  state_hash bytea not null,
  person_id uuid not null,
  return_to text not null, -- empty when used
  started_at timestamptz not null default now(),
  expires_at timestamptz not null default now() + interval '10 minutes',
  used_at timestamptz,
  token_hash bytea, -- of what the page confirms with; set with the two below
  openid_index bytea,
  sealed_openid bytea,
  confirmed_at timestamptz,
  primary key (school_id, state_hash),
  check ((token_hash is null) = (openid_index is null) and (token_hash is null) = (sealed_openid is null))
);
create index wechat_sign_ins_by_person on wechat_sign_ins (person_id, started_at);
create unique index wechat_sign_ins_by_token on wechat_sign_ins (token_hash, school_id)
  where token_hash is not null;
create index wechat_sign_ins_by_expiry on wechat_sign_ins (expires_at);

-- A charge that came to nothing is looked at once more, minutes later: nothing may stand at WeChat then.
alter table external_movements add column looked_at timestamptz;
create index external_movements_to_look_at on external_movements (settled_at)
  where port = 'wechat' and kind = 'debit' and outcome in ('declined', 'reversed') and looked_at is null;
