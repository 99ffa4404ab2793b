#!/bin/sh
# Makes the mart's database and its two roles in a new Postgres container: mounted into /docker-entrypoint-initdb.d.
# Settings: OWNER_PASSWORD of mart_owner, which owns the tables; APP_PASSWORD of mart, which reads and writes rows.
set -eu
: "${OWNER_PASSWORD:?set it}" "${APP_PASSWORD:?set it}"

psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres -v owner="$OWNER_PASSWORD" -v app="$APP_PASSWORD" <<'SQL'
create role mart_owner login password :'owner';
create role mart login password :'app';
create database mart owner mart_owner;
revoke all on database "mart" from public;
grant connect, temporary on database "mart" to mart_owner;
grant connect on database "mart" to mart;
\connect mart
revoke all on schema public from public;
alter schema public owner to mart_owner;
grant usage on schema public to mart;
alter default privileges for role mart_owner grant select, insert, update, delete on tables to mart;
alter default privileges for role mart_owner grant usage, select on sequences to mart;
SQL
