-- Signing in by a channel (R2b), tickets, the services grid (R36), receipts in WeChat (R41).

-- Whose WeChat it is, for signing in: one person per WeChat and app, one WeChat per person and app. It ends with
-- the card. Apart from wechat_bindings (R27): being signed in by a WeChat and paying with it are agreed to apart.
create table sign_in_bindings (
  school_id text not null,
  person_id uuid not null,
  app text not null check (app in ('official_account', 'mini_program')),
  openid_index bytea not null, -- keyed hash
  sealed_openid bytea not null,
  bound_at timestamptz not null default now(),
  primary key (school_id, person_id, app),
  unique (openid_index, app, school_id)
);

-- Somebody who is finding out who they are. Of an official account: a page has asked (start), the browser is at
-- WeChat (state), WeChat has said an openid that nobody has (page). Of a mini-program: only the last.
create table channel_sign_ins (
  school_id text not null,
  sign_in_id uuid not null,
  app text not null check (app in ('official_account', 'mini_program')),
  challenge text, -- S256 of what redeems the ticket; none of a mini-program
  return_to text not null default '',
  start_hash bytea,
  state_hash bytea, -- of the newest journey to WeChat
  journeys int not null default 0,
  returned_at timestamptz, -- of the newest journey
  page_hash bytea, -- of what the page that asks for number and password sends them with
  openid_index bytea,
  sealed_openid bytea,
  bound_at timestamptz,
  started_at timestamptz not null default now(),
  expires_at timestamptz not null default now() + interval '10 minutes',
  primary key (school_id, sign_in_id),
  check ((page_hash is null) = (openid_index is null) and (page_hash is null) = (sealed_openid is null))
);
create unique index channel_sign_ins_by_start on channel_sign_ins (start_hash, school_id)
  where start_hash is not null;
create unique index channel_sign_ins_by_state on channel_sign_ins (state_hash, school_id)
  where state_hash is not null;
create unique index channel_sign_ins_by_page on channel_sign_ins (page_hash, school_id)
  where page_hash is not null;
create index channel_sign_ins_by_expiry on channel_sign_ins (expires_at);

-- Wrong campus-card passwords, by WeChat and by card number, also of numbers that nobody has.
create table card_password_tries (
  school_id text not null,
  tried_index bytea not null, -- keyed hash
  tries int not null,
  since timestamptz not null default now(),
  primary key (school_id, tried_index)
);
create index card_password_tries_by_age on card_password_tries (since);

-- What a page is given in its fragment and redeems within the minute.
create table sign_in_tickets (
  school_id text not null,
  ticket_hash bytea not null,
  person_id uuid not null,
  channel text not null check (channel in ('wechat', 'mini_program', 'school')),
  challenge text, -- set by the first who redeems it, where whoever made it named none
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  redeemed_at timestamptz,
  primary key (school_id, ticket_hash)
);
create index sign_in_tickets_by_person on sign_in_tickets (person_id, created_at);
create index sign_in_tickets_by_expiry on sign_in_tickets (expires_at);

-- R6: one a channel and hour.
alter table sign_ins drop constraint sign_ins_channel_check;
alter table sign_ins add constraint sign_ins_channel_check
  check (channel in ('school_server', 'wechat', 'mini_program'));
alter table sign_ins drop constraint sign_ins_pkey;
alter table sign_ins add primary key (school_id, person_id, hour, channel);

-- R36: the school's other services, and what signs people in there.
create table grid_services (
  school_id text not null,
  service_id text not null,
  place int not null, -- in the grid
  name jsonb not null,
  icon text not null,
  url text not null,
  native text,
  campus text,
  classes text[] not null,
  primary key (school_id, service_id)
);
create table service_tickets (
  school_id text not null,
  ticket_hash bytea not null,
  person_id uuid not null,
  url text not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  spent_at timestamptz,
  primary key (school_id, ticket_hash)
);
create index service_tickets_by_person on service_tickets (person_id, created_at);
create index service_tickets_by_expiry on service_tickets (expires_at);

-- What WeChat gave one of our apps to call it with; of the app and of no school, and sealed. Whoever renews it
-- holds the row meanwhile.
create table wechat_tokens (
  app_id text not null,
  kind text not null check (kind in ('access_token', 'jsapi_ticket')),
  sealed bytea,
  expires_at timestamptz,
  forced_at timestamptz, -- WeChat takes that twenty times a day
  primary key (app_id, kind)
);

-- Receipts in WeChat. Events are their outbox: each was written by what it tells of, and who reads on holds the
-- place here; then one message per thing, under its own id, whatever else happens to it.
create table event_places (
  reader text primary key,
  tx xid8 not null,
  event_id uuid not null
);
create table wechat_messages (
  school_id text not null,
  message_id uuid not null, -- payment, refund, transfer or event
  person_id uuid not null,
  kind text not null check (kind in ('paid', 'refunded', 'top_up', 'withdrawal', 'locked')),
  data jsonb not null,
  created_at timestamptz not null default now(),
  attempt_count int not null default 0,
  first_attempt_at timestamptz, -- WeChat knows a message again for ten minutes
  next_attempt_at timestamptz default now(), -- null: sent or given up
  sent_at timestamptz,
  failure text,
  primary key (school_id, message_id)
);
create index wechat_messages_due on wechat_messages (next_attempt_at) where next_attempt_at is not null;
create index wechat_messages_by_age on wechat_messages (created_at);
alter table people add column wechat_notices boolean not null default true;
