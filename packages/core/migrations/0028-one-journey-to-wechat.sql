-- Whose WeChat pays (R27) is found out by the journey that finds out whose signs in (R2b): page_hash is then of what
-- the page confirms with, in the session of this person, and bound_at when it has.
alter table channel_sign_ins add column person_id uuid; -- whoever asked to pay with their WeChat; null: a sign-in
create index channel_sign_ins_by_person on channel_sign_ins (person_id, started_at) where person_id is not null;
comment on table wechat_sign_ins is 'of versions before 0028; to be dropped by the next one';
