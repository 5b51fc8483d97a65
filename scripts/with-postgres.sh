#!/usr/bin/env bash
# Runs a command beside a PostgreSQL cluster of its own, and removes the cluster when the command ends.
#
#   scripts/with-postgres.sh [--durable] [--citus] COMMAND [ARGUMENT...]
#
# The cluster lives in a temporary folder (C.UTF-8, a free port, loopback and a unix socket), so that no server
# of the machine is touched. Two roles without superuser rights are made, as in production: the owner runs
# migrations and may create databases, the application is bound by row-level security. Their addresses go to the command as
# HEZUO_TEST_POSTGRES_OWNER_URL and HEZUO_TEST_POSTGRES_APP_URL. Two more that row-level security does not bind,
# hezuo_super and hezuo_bypass with the application's password, are there to be refused.
#
# The cluster also speaks TLS, with a certificate for "localhost" from an authority of its own, whose file is
# HEZUO_TEST_POSTGRES_AUTHORITY; the addresses say sslmode=disable, because nothing here leaves the machine.
#
# Commits are not forced to disk, because a test has nothing to lose. --durable keeps PostgreSQL's own
# settings: a benchmark without them would flatter itself. --citus loads the extension Citus, which must be
# installed, with this one machine as all of its cluster; the tests' databases are then spread by it
# (HEZUO_TEST_CITUS).
set -euo pipefail

durable=no
citus=no
while :; do
  case "${1:-}" in
    --durable) durable=yes ;;
    --citus) citus=yes ;;
    *) break ;;
  esac
  shift
done
if [ $# -eq 0 ]; then
  sed -n '2,/^set /s/^# \{0,1\}//p' "$0" >&2
  exit 64
fi

# A setting for another server must not lead us there.
unset PGHOST PGHOSTADDR PGPORT PGUSER PGPASSWORD PGDATABASE PGSERVICE PGOPTIONS

bin=
for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -Vr) \
  "$(dirname "$(command -v initdb || echo /none/initdb)")"; do
  if [ -x "$folder/initdb" ] && [ -x "$folder/pg_ctl" ]; then
    bin=$folder
    break
  fi
done
if [ -z "$bin" ]; then
  echo "with-postgres: PostgreSQL is not installed; on Debian: apt-get install postgresql" >&2
  exit 69
fi

# The server refuses to run as root; Debian's package brings a user for it.
as_server=()
if [ "$(id -u)" -eq 0 ]; then
  as_server=(runuser -u postgres --)
fi

root=$(mktemp -d "${TMPDIR:-/tmp}/hezuo-postgres.XXXXXX")
if [ "$(id -u)" -eq 0 ]; then
  chown postgres "$root"
  if ! runuser -u postgres -- test -w "$root"; then
    # TMPDIR lies where the user postgres can't go.
    rmdir "$root"
    root=$(mktemp -d /tmp/hezuo-postgres.XXXXXX)
    chown postgres "$root"
  fi
fi

server() {
  # From its own folder: the present one may be closed to the user postgres.
  (cd "$root" && "${as_server[@]}" "$@")
}

finish() {
  status=$?
  trap - EXIT INT TERM HUP
  if [ -f "$root/data/postmaster.pid" ]; then
    server "$bin/pg_ctl" stop --silent --mode=immediate -D "$root/data" || true
  fi
  rm -rf "$root"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

secret() {
  od -An -N16 -tx1 /dev/urandom | tr -d ' \n'
}
admin=$(secret) owner=$(secret) app=$(secret)
# Citus connects to itself as whoever asks, without a password of theirs.
method=password
if [ "$citus" = yes ]; then
  method=trust
fi

printf %s "$admin" | server sh -c 'umask 077; cat > admin'
# The method "password" costs the client nothing at each of a test run's many connections; nothing here leaves loopback.
said=$(server "$bin/initdb" -D data --username=postgres --pwfile=admin --auth="$method" \
  --locale=C.UTF-8 --encoding=UTF8 --no-sync 2>&1) || {
  echo "$said" >&2
  exit 70
}

# A certificate for one name, and the authority that has signed it.
said=$(server sh -c 'umask 077
  key="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
  openssl req -x509 $key -days 2 -subj "/CN=hezuo test authority" -keyout ca.key -out ca.crt &&
  openssl req $key -subj "/CN=localhost" -addext "subjectAltName=DNS:localhost" -keyout data/server.key -out server.csr &&
  openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -copy_extensions copy -out data/server.crt &&
  chmod 644 ca.crt && chmod 711 .' 2>&1) || {
  echo "$said" >&2
  exit 70
}

options="-c ssl=on -c listen_addresses=127.0.0.1 -c unix_socket_directories='$root' -c max_connections=200"
if [ "$durable" = no ]; then
  options="$options -c fsync=off -c full_page_writes=off -c synchronous_commit=off"
fi

if [ "$citus" = yes ]; then
  options="$options -c shared_preload_libraries=citus -c citus.shard_count=2"
  options="$options -c citus.node_conninfo=sslmode=disable -c max_connections=400"
fi

started=no
for _ in 1 2 3 4 5 6 7 8 9 10; do
  port=$((20000 + RANDOM % 12000))
  # Somebody who answers has the port already.
  if (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; then
    continue
  fi
  if server "$bin/pg_ctl" start --silent --wait --timeout=60 -D data -l log -o "$options -p $port" > /dev/null 2>&1; then
    started=yes
    break
  fi
done
if [ "$started" = no ]; then
  cat "$root/log" >&2 || true
  exit 70
fi

PGPASSWORD=$admin "$bin/psql" --quiet --no-psqlrc -v ON_ERROR_STOP=1 \
  -h 127.0.0.1 -p "$port" -U postgres -d postgres << SQL
CREATE ROLE hezuo_owner LOGIN CREATEDB NOSUPERUSER NOBYPASSRLS PASSWORD '$owner';
CREATE ROLE hezuo_app LOGIN NOCREATEDB NOSUPERUSER NOBYPASSRLS PASSWORD '$app';
CREATE ROLE hezuo_super LOGIN SUPERUSER NOBYPASSRLS PASSWORD '$app';
CREATE ROLE hezuo_bypass LOGIN NOSUPERUSER BYPASSRLS IN ROLE hezuo_app PASSWORD '$app';
SQL

if [ "$citus" = yes ]; then
  # Only a superuser may put an extension into a database.
  export HEZUO_TEST_CITUS="postgres://postgres:$admin@127.0.0.1:$port/postgres"
fi

export HEZUO_TEST_POSTGRES_OWNER_URL="postgres://hezuo_owner:$owner@127.0.0.1:$port/postgres?sslmode=disable"
export HEZUO_TEST_POSTGRES_APP_URL="postgres://hezuo_app:$app@127.0.0.1:$port/postgres?sslmode=disable"
export HEZUO_TEST_POSTGRES_AUTHORITY="$root/ca.crt"
"$@"
