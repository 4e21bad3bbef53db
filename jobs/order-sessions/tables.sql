-- The tables of the job: what it reads, and what it makes in the lake. It runs this as it starts.

CREATE TEMPORARY TABLE orders (
  order_id INT NOT NULL,
  order_date TIMESTAMP(0) NOT NULL,
  customer_name STRING,
  order_total DECIMAL(10, 2) NOT NULL,
  order_status STRING NOT NULL,
  PRIMARY KEY (order_id) NOT ENFORCED
) WITH (
  'connector' = 'mysql-cdc',
  'hostname' = '${erpdb.host}',
  'port' = '${erpdb.port}',
  'username' = '${erpdb.username}',
  'password' = '${erpdb.password}',
  'database-name' = '${erpdb.database}',
  'table-name' = 'orders',
  'server-id' = '${erpdb.server-id.orders}',
  'server-time-zone' = 'UTC'
);

CREATE TABLE IF NOT EXISTS lake.`${database.orders}`.customer_sessions (
  customer_name STRING NOT NULL COMMENT 'Who ordered',
  session_start TIMESTAMP(6) NOT NULL COMMENT 'When the first order of the session was placed, as the shop wrote it: it has no time zone',
  session_end TIMESTAMP(6) COMMENT 'When the last one was; the next order came more than 24 hours later, if any',
  order_count BIGINT COMMENT 'How many orders the session has; cancelled ones do not count',
  order_value DECIMAL(38, 2) COMMENT 'What they cost together, in the currency of the shop',
  PRIMARY KEY (customer_name, session_start) NOT ENFORCED
) WITH (
  'format-version' = '2',
  'write.upsert.enabled' = 'true',
  -- Old metadata files are of no use to time travel, which reads the snapshots in the newest one.
  'write.metadata.delete-after-commit.enabled' = 'true',
  'write.metadata.previous-versions-max' = '20'
);
