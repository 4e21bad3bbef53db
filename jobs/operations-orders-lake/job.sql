-- The second of two hops: the operations database's copy of the orders, followed into the lake.

CREATE TEMPORARY TABLE enriched_orders (
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
  'connector' = 'mysql-cdc',
  'hostname' = '${operations.host}',
  'port' = '${operations.port}',
  'username' = '${operations.username}',
  'password' = '${operations.password}',
  'database-name' = '${operations.database}',
  'table-name' = 'enriched_orders',
  'server-id' = '${operations.server-id.enriched_orders}',
  'server-time-zone' = 'UTC'
);

CREATE TABLE IF NOT EXISTS lake.`${database.orders}`.operations_orders_lake (
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

INSERT INTO lake.`${database.orders}`.operations_orders_lake
SELECT * FROM enriched_orders;
