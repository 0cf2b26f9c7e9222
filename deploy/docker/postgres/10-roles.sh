#!/bin/bash
# Run once, by the image, when the primary's cluster is made.
set -eu
psql --set=ON_ERROR_STOP=1 --username=postgres --dbname=campus_ecode \
  --set=ecode="$(cat /run/secrets/ecode_password)" \
  --set=replicator="$(cat /run/secrets/replicator_password)" <<'SQL'
create role ecode login password :'ecode';
-- To see whether the standby follows.
grant pg_monitor to ecode;
alter database campus_ecode owner to ecode;
alter schema public owner to ecode;
create role replicator login replication password :'replicator';
select pg_create_physical_replication_slot('standby', true);
-- From the next start on: nothing is answered before both have it.
alter system set synchronous_standby_names = 'standby';
SQL
echo 'host replication replicator all scram-sha-256' >> "$PGDATA/pg_hba.conf"
