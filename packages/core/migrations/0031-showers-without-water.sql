-- A shower in which nothing flows ends itself (R26), also when its controller goes on sending readings.
alter table water_sessions add column flowed_at timestamptz not null default now();
