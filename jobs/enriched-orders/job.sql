-- Orders from MySQL, joined with their product (MySQL) and their shipment (PostgreSQL), one row an order in the lake.

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

CREATE TABLE IF NOT EXISTS lake.`${database.orders}`.enriched_orders_lake (
  order_id INT NOT NULL COMMENT 'The order',
  order_date TIMESTAMP(6) COMMENT 'When it was placed, as the shop wrote it: it has no time zone',
  customer_name STRING COMMENT 'Who placed it',
  order_total DECIMAL(10, 2) COMMENT 'What all of it costs, in the currency of the shop',
  order_qty INT COMMENT 'How many of the product',
  product_id INT COMMENT 'The product, of which an order has one',
  order_status STRING COMMENT 'Where the order stands, in the words of the shop',
  product_name STRING COMMENT 'What the product is called now; NULL where the shop has no such product',
  product_description STRING COMMENT 'What the shop says of it now; NULL likewise',
  shipment_id INT COMMENT 'The shipment of the order; this and all that follows are NULL until there is one',
  origin STRING COMMENT 'Where it is sent from',
  destination STRING COMMENT 'Where it is sent to',
  has_arrived BOOLEAN COMMENT 'Whether it is there',
  PRIMARY KEY (order_id) NOT ENFORCED
) WITH (
  'format-version' = '2',
  'write.upsert.enabled' = 'true',
  -- Old metadata files are of no use to time travel, which reads the snapshots in the newest one.
  'write.metadata.delete-after-commit.enabled' = 'true',
  'write.metadata.previous-versions-max' = '20'
);

INSERT INTO lake.`${database.orders}`.enriched_orders_lake
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
