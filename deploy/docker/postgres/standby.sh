#!/bin/sh
# The standby: a base backup of the primary the first time, then it follows.
set -eu
export PGDATA=/var/lib/postgresql/18/docker
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  PGPASSWORD="$(cat /run/secrets/replicator_password)" pg_basebackup --pgdata="$PGDATA" --write-recovery-conf \
    --slot=standby --wal-method=stream --checkpoint=fast \
    --dbname='host=postgres-primary user=replicator application_name=standby'
  chmod 0700 "$PGDATA"
fi
# It waits for no standby of its own, also once it is promoted.
exec postgres -c synchronous_standby_names= -c hot_standby=on -c max_slot_wal_keep_size=20GB \
  -c log_min_error_statement=panic -c log_parameter_max_length_on_error=0
