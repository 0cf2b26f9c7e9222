#!/bin/sh
# Writes what compose.yaml mounts, once; what is there stays. tls.pem and ca.pem are yours to bring.
set -eu
cd "$(dirname "$0")"
# Containers have users of their own and read single files; on this machine nobody else gets into the folder.
umask 022
mkdir -p -m 0700 secrets
random() { node -p "crypto.randomBytes(32).toString('base64url')"; }
for name in bff_key port_key session_key postgres_password ecode_password replicator_password; do
  [ -s "secrets/$name" ] || random > "secrets/$name"
done
if [ ! -s secrets/database_url ]; then
  password="$(cat secrets/ecode_password)"
  printf 'postgres://ecode:%s@postgres-primary:5432/campus_ecode,postgres://ecode:%s@postgres-standby:5432/campus_ecode\n' \
    "$password" "$password" > secrets/database_url
fi
# What was brought may be read by nobody yet.
chmod a+r secrets/*
for name in tls.pem ca.pem; do
  [ -s "secrets/$name" ] || echo "bring secrets/$name: the balancer's certificate with its key, and who signed it" >&2
done
