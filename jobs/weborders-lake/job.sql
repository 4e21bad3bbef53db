-- Web orders from Kafka into the lake, each record once: into the table of orders, or, where something is wrong with it,
-- into that of dead letters. Nothing is dropped.

-- Dates without a zone are in UTC.
SET 'table.local-time-zone' = 'UTC';

CREATE TEMPORARY TABLE weborders (
  web_order_id STRING,
  order_date TIMESTAMP(3),
  customer_name STRING,
  destination STRING,
  product_id INT,
  quantity INT,
  -- Filled, and all above NULL, where a record cannot be decoded (docs/connectors.md).
  malformed_value BYTES,
  malformed_reason STRING,
  kafka_partition INT METADATA FROM 'partition' VIRTUAL,
  kafka_offset BIGINT METADATA FROM 'offset' VIRTUAL,
  kafka_time TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL,
  arrived AS PROCTIME()
) WITH (
  'connector' = 'kafka',
  'topic' = 'weborders',
  'properties.bootstrap.servers' = '${shop.bootstrap-servers}',
  'properties.security.protocol' = '${shop.security-protocol}',
  'properties.sasl.mechanism' = '${shop.sasl-mechanism}',
  'properties.sasl.jaas.config' = '${shop.sasl-jaas-config}',
  'properties.sasl.client.callback.handler.class' = '${shop.sasl-callback-handler}',
  'properties.group.id' = '${shop.group.weborders}',
  -- From the job's own state after a restart; for a new job from the first record that Kafka still has.
  'scan.startup.mode' = 'earliest-offset',
  'format' = 'dead-letter',
  'dead-letter.format' = 'avro-confluent',
  'dead-letter.avro-confluent.url' = '${shop.registry}',
  'dead-letter.avro-confluent.basic-auth.credentials-source' = 'USER_INFO',
  'dead-letter.avro-confluent.basic-auth.user-info' = '${shop.registry-user-info}'
);

-- What the table of orders could not hold, or would not be believed.
CREATE TEMPORARY VIEW looked_at AS
SELECT
  *,
  CASE
    WHEN web_order_id IS NULL OR order_date IS NULL THEN 'incomplete'
    WHEN order_date < TIMESTAMP '2000-01-01 00:00:00' THEN 'misdated'
    WHEN order_date > CAST(kafka_time AS TIMESTAMP(3)) + INTERVAL '1' DAY THEN 'misdated'
  END AS flaw
FROM weborders
WHERE malformed_reason IS NULL;

-- By what stands before it in its own partition, so that a second run judges alike. A misdated order moves nothing.
CREATE TEMPORARY VIEW compared AS
SELECT
  *,
  MAX(CASE WHEN flaw IS NULL THEN order_date END) OVER (
    PARTITION BY kafka_partition ORDER BY arrived ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  ) AS newest
FROM looked_at;

CREATE TEMPORARY VIEW counted AS
SELECT
  *,
  COUNT(*) OVER (
    PARTITION BY web_order_id ORDER BY arrived ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  ) AS occurrence
FROM compared;

CREATE TEMPORARY VIEW judged AS
SELECT
  *,
  CASE
    WHEN flaw IS NOT NULL THEN flaw
    WHEN occurrence > 1 THEN 'duplicate'
    WHEN order_date < newest - INTERVAL '1' DAY THEN 'late'
  END AS problem
FROM counted;

CREATE TABLE IF NOT EXISTS lake.`${database.orders}`.web_orders (
  web_order_id STRING NOT NULL COMMENT 'The order, as the web shop numbers it',
  order_date TIMESTAMP(6) COMMENT 'When it was placed, in UTC',
  customer_name STRING COMMENT 'Who placed it',
  destination STRING COMMENT 'Where it is to be sent',
  product_id INT COMMENT 'The product, of which an order has one',
  quantity INT COMMENT 'How many of the product',
  kafka_partition INT NOT NULL COMMENT 'With the offset: where the record stands in the topic weborders',
  kafka_offset BIGINT NOT NULL COMMENT 'See kafka_partition',
  order_day DATE NOT NULL COMMENT 'The day of order_date; the table is partitioned by it'
) PARTITIONED BY (order_day) WITH (
  'format-version' = '2',
  'write.metadata.delete-after-commit.enabled' = 'true',
  'write.metadata.previous-versions-max' = '20'
);

CREATE TABLE IF NOT EXISTS lake.`${database.orders}`.web_orders_dead_letters (
  problem STRING NOT NULL COMMENT 'malformed, incomplete, misdated, late or duplicate: see the README of jobs/weborders-lake',
  reason STRING COMMENT 'What is wrong with a malformed one',
  web_order_id STRING COMMENT 'The order; NULL where it cannot be told',
  record STRING COMMENT 'The order as JSON; NULL where it is malformed',
  raw_value BYTES COMMENT 'The bytes of a malformed one, to be mended and sent again',
  kafka_partition INT NOT NULL COMMENT 'With the offset: where the record stands in the topic weborders',
  kafka_offset BIGINT NOT NULL COMMENT 'See kafka_partition',
  kafka_time TIMESTAMP_LTZ(6) COMMENT 'When Kafka got it',
  kafka_day DATE NOT NULL COMMENT 'The day of kafka_time, in UTC; the table is partitioned by it'
) PARTITIONED BY (kafka_day) WITH (
  'format-version' = '2',
  'write.metadata.delete-after-commit.enabled' = 'true',
  'write.metadata.previous-versions-max' = '20'
);

EXECUTE STATEMENT SET
BEGIN
  INSERT INTO lake.`${database.orders}`.web_orders
  SELECT
    web_order_id,
    order_date,
    customer_name,
    destination,
    product_id,
    quantity,
    kafka_partition,
    kafka_offset,
    CAST(order_date AS DATE)
  FROM judged
  WHERE problem IS NULL;

  INSERT INTO lake.`${database.orders}`.web_orders_dead_letters
  SELECT
    problem,
    CAST(NULL AS STRING),
    web_order_id,
    JSON_OBJECT(
      'web_order_id' VALUE web_order_id,
      'order_date' VALUE CAST(order_date AS STRING),
      'customer_name' VALUE customer_name,
      'destination' VALUE destination,
      'product_id' VALUE product_id,
      'quantity' VALUE quantity
    ),
    CAST(NULL AS BYTES),
    kafka_partition,
    kafka_offset,
    kafka_time,
    CAST(kafka_time AS DATE)
  FROM judged
  WHERE problem IS NOT NULL
  UNION ALL
  SELECT
    'malformed',
    malformed_reason,
    CAST(NULL AS STRING),
    CAST(NULL AS STRING),
    malformed_value,
    kafka_partition,
    kafka_offset,
    kafka_time,
    CAST(kafka_time AS DATE)
  FROM weborders
  WHERE malformed_reason IS NOT NULL;
END;
