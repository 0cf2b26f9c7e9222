-- Where merchants' printed codes are paid beside the school's own app (R24, docs/decisions/0043).
alter table schools
  add column collection_channels text[] not null default '{}'
    check (collection_channels <@ array['wechat', 'mini_program']);
