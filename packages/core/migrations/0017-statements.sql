-- R34: the statement of a day, and its matching with what bank, one-card system and WeChat say of it.

-- Postings lie in the table as they were written, so a day's are found by blocks, at next to no cost to
-- whoever writes one.
create index postings_by_time on postings using brin (posted_at)
  with (pages_per_range = 32, autosummarize = on);

-- A finished day, with what its postings were then: they never change, and if they did, it shows.
create table statement_days (
  school_id text not null,
  day date not null, -- Asia/Shanghai
  finished_at timestamptz not null default now(),
  posting_count bigint not null,
  posting_fen bigint not null, -- of all postings of the school, whatever their accounts
  primary key (school_id, day)
);

-- What merchants and terminals were called, so that a statement made again later says the same.
create table statement_names (
  school_id text not null,
  kind text not null check (kind in ('merchant', 'terminal')),
  id uuid not null,
  from_day date not null,
  name text not null,
  primary key (school_id, kind, id, from_day)
);

-- A day's file of an outside system, once matched, and both sides' sums of that day.
create table matched_days (
  school_id text not null,
  port text not null check (port in ('bank', 'one_card', 'wechat')),
  day date not null,
  file_sha256 bytea not null,
  here_count bigint not null,
  here_fen bigint not null, -- what they took, less what they gave back
  there_count bigint not null,
  there_fen bigint not null,
  matched_at timestamptz not null default now(),
  primary key (school_id, port, day)
);

-- What the two sides say of one reference, where they disagree: as it is from a day on, until a later one.
-- Rows are added and ended, not edited, so that the report of a day can be had again.
create table differences (
  school_id text not null,
  port text not null,
  reference text not null,
  day date not null,
  until_day date, -- null: as it is now
  since_day date not null, -- when it came up
  kind text check (kind in ('missing_here', 'missing_there', 'amount', 'status', 'late')),
  cleared_by text check (cleared_by in ('arrival', 'reversal')),
  here_count int not null,
  here_fen bigint not null,
  there_count int not null,
  there_fen bigint not null,
  primary key (school_id, port, reference, day),
  check ((kind is null) = (cleared_by is not null)),
  check ((here_fen = there_fen) = (cleared_by is not null)),
  check (until_day > day)
);
create unique index differences_now on differences (school_id, port, reference) where until_day is null;
