-- For this cluster alone, in which nobody else is.
CREATE ROLE admin LOGIN SUPERUSER PASSWORD 'local';
-- What jobs/enriched-orders/README.md asks for.
CREATE ROLE cdc LOGIN REPLICATION PASSWORD 'local';
CREATE DATABASE shipdb OWNER admin;
\connect shipdb
ALTER DEFAULT PRIVILEGES FOR ROLE admin GRANT SELECT ON TABLES TO cdc;
CREATE PUBLICATION lakehouse FOR ALL TABLES;
