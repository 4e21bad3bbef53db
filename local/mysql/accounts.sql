-- For this cluster alone, in which nobody else is. By a way to log in that every client knows without TLS.
CREATE USER admin@'%' IDENTIFIED WITH mysql_native_password BY 'local';
GRANT ALL ON *.* TO admin@'%' WITH GRANT OPTION;
-- What jobs/enriched-orders/README.md asks for.
CREATE USER cdc@'%' IDENTIFIED WITH mysql_native_password BY 'local';
GRANT SELECT, SHOW DATABASES, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO cdc@'%';
CREATE DATABASE erpdb CHARACTER SET utf8mb4;
