-- The rights of a PostgreSQL role that lives the day and can do nothing else with the books. Run it as the books' owner,
-- in their database, once the tables are there, and again after an upgrade:
--
--   CREATE ROLE storekeeper_day LOGIN PASSWORD '...';   -- as the superuser, once
--   psql --set ON_ERROR_STOP=1 --file scripts/day_role.sql "postgresql://storekeeper:...@HOST/storekeeper"
--
-- The connection of the books (storekeeper_books) then names storekeeper_day. Upgrading the schema and erasing a person
-- go on as the owner: the one changes tables, the other rewrites logs.
REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, storekeeper_day;
GRANT USAGE ON SCHEMA public TO storekeeper_day;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO storekeeper_day;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO storekeeper_day;
-- Which revision the tables are at is the owner's to say.
REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM storekeeper_day;
-- What was done, decided and erased is added to, and never changed: the logs' hashes find a change, this refuses it.
REVOKE UPDATE, DELETE ON task_events, desk_events, erasures, erased_keys FROM storekeeper_day;
-- Entries of the access log end by retention, but are never rewritten.
REVOKE UPDATE ON access_log FROM storekeeper_day;
