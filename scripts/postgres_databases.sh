#!/bin/sh
# Makes the two databases, each with an owner of its own: Airflow's metadata is Airflow's alone, the books are ours.
# The postgres image runs this once, on an empty data folder; scripts/native_topology.py runs it as well.
set -eu
psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 \
    --username "$POSTGRES_USER" --dbname postgres \
    --set airflow_password="$AIRFLOW_DATABASE_PASSWORD" \
    --set books_password="$BOOKS_DATABASE_PASSWORD" <<'SQL'
CREATE ROLE airflow LOGIN PASSWORD :'airflow_password';
CREATE DATABASE airflow OWNER airflow;
REVOKE ALL ON DATABASE airflow FROM PUBLIC;
CREATE ROLE storekeeper LOGIN PASSWORD :'books_password';
CREATE DATABASE storekeeper OWNER storekeeper;
REVOKE ALL ON DATABASE storekeeper FROM PUBLIC;
SQL
