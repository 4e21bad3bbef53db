-- The first of two hops: orders with their product and their shipment, one row an order in MySQL, where applications
-- read it. The second, jobs/operations-orders-lake, follows that table into the lake.

CREATE TEMPORARY TABLE products (
  id INT NOT NULL,
  name STRING,
  description STRING,
  price DECIMAL(10, 2),
  PRIMARY KEY (id) NOT ENFORCED
) WITH (
  'connector' = 'mysql-cdc',
  'hostname' = '${erpdb.host}',
  'port' = '${erpdb.port}',
  'username' = '${erpdb.username}',
  'password' = '${erpdb.password}',
  'database-name' = '${erpdb.database}',
  'table-name' = 'products',
  'server-id' = '${erpdb.server-id.products}',
  'server-time-zone' = 'UTC'
);

CREATE TEMPORARY TABLE orders (
  order_id INT NOT NULL,
  order_date TIMESTAMP(0),
  customer_name STRING,
  order_total DECIMAL(10, 2),
  order_qty INT,
  product_id INT,
  order_status STRING,
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

-- An order has one shipment at most: shipments.order_id is unique in the source, so it can be the key here.
CREATE TEMPORARY TABLE shipments (
  shipment_id INT NOT NULL,
  order_id INT NOT NULL,
  origin STRING,
  destination STRING,
  has_arrived BOOLEAN,
  PRIMARY KEY (order_id) NOT ENFORCED
) WITH (
  'connector' = 'postgres-cdc',
  'hostname' = '${shipdb.host}',
  'port' = '${shipdb.port}',
  'username' = '${shipdb.username}',
  'password' = '${shipdb.password}',
  'database-name' = '${shipdb.database}',
  'schema-name' = 'public',
  'table-name' = 'shipments',
  'slot.name' = '${shipdb.slot.shipments}',
  'decoding.plugin.name' = 'pgoutput',
  -- The publication is the database owner's to make; a job only reads it.
  'debezium.publication.name' = 'lakehouse',
  'debezium.publication.autocreate.mode' = 'disabled',
  -- A snapshot that is taken again, as after a failure before the first checkpoint, begins where its slot does.
  'debezium.snapshot.mode' = 'custom',
  'debezium.snapshot.custom.class' = 'lakehouse.cdc.FreshSlotSnapshotter'
);

-- Upserted and deleted by its key. The table is there already: whoever owns the database makes it
-- (sandbox/sample/operations.sql).
CREATE TEMPORARY TABLE operations_orders (
  order_id INT NOT NULL,
  order_date TIMESTAMP(0),
  customer_name STRING,
  order_total DECIMAL(10, 2),
  order_qty INT,
  product_id INT,
  order_status STRING,
  product_name STRING,
  product_description STRING,
  shipment_id INT,
  origin STRING,
  destination STRING,
  has_arrived BOOLEAN,
  PRIMARY KEY (order_id) NOT ENFORCED
) WITH (
  'connector' = 'jdbc',
  'url' = 'jdbc:mysql://${operations-writer.host}:${operations-writer.port}/${operations-writer.database}?rewriteBatchedStatements=true&connectionTimeZone=UTC',
  'username' = '${operations-writer.username}',
  'password' = '${operations-writer.password}',
  'table-name' = 'enriched_orders',
  -- Written at each checkpoint at the latest: what was not is written again after a restart, and the key makes that
  -- harmless.
  'sink.buffer-flush.interval' = '500 ms',
  'sink.buffer-flush.max-rows' = '1000',
  'sink.max-retries' = '5'
);

INSERT INTO operations_orders
SELECT
  o.order_id,
  o.order_date,
  o.customer_name,
  o.order_total,
  o.order_qty,
  o.product_id,
  o.order_status,
  p.name AS product_name,
  p.description AS product_description,
  s.shipment_id,
  s.origin,
  s.destination,
  s.has_arrived
FROM orders AS o
LEFT JOIN products AS p ON o.product_id = p.id
LEFT JOIN shipments AS s ON o.order_id = s.order_id;
