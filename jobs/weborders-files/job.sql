-- Web orders as files, for those who take them rather than query: by day, in JSON, CSV, Avro and Parquet.

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
  kafka_time TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL
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

CREATE TEMPORARY TABLE as_json (
  web_order_id STRING,
  order_date TIMESTAMP(3),
  customer_name STRING,
  destination STRING,
  product_id INT,
  quantity INT,
  order_day STRING
) PARTITIONED BY (order_day) WITH (
  'connector' = 'filesystem',
  'path' = '${files.weborders}/json',
  'format' = 'json',
  -- A file is there, whole, at the checkpoint after it was closed.
  'sink.rolling-policy.rollover-interval' = '1 min',
  'sink.rolling-policy.check-interval' = '10 s'
);

CREATE TEMPORARY TABLE as_csv (
  web_order_id STRING,
  order_date TIMESTAMP(3),
  customer_name STRING,
  destination STRING,
  product_id INT,
  quantity INT,
  order_day STRING
) PARTITIONED BY (order_day) WITH (
  'connector' = 'filesystem',
  'path' = '${files.weborders}/csv',
  -- Not 'csv', which fails on S3 (docs/connectors.md).
  'format' = 'csv-lines',
  'sink.rolling-policy.rollover-interval' = '1 min',
  'sink.rolling-policy.check-interval' = '10 s'
);

CREATE TEMPORARY TABLE as_avro (
  web_order_id STRING,
  order_date TIMESTAMP(3),
  customer_name STRING,
  destination STRING,
  product_id INT,
  quantity INT,
  order_day STRING
) PARTITIONED BY (order_day) WITH (
  'connector' = 'filesystem',
  'path' = '${files.weborders}/avro',
  'format' = 'avro',
  -- Flink's choice is Snappy, which not every reader of Avro can undo.
  'avro.codec' = 'deflate'
);

CREATE TEMPORARY TABLE as_parquet (
  web_order_id STRING,
  order_date TIMESTAMP(3),
  customer_name STRING,
  destination STRING,
  product_id INT,
  quantity INT,
  order_day STRING
) PARTITIONED BY (order_day) WITH (
  'connector' = 'filesystem',
  'path' = '${files.weborders}/parquet',
  'format' = 'parquet'
);

CREATE TEMPORARY VIEW orders AS
SELECT
  web_order_id,
  order_date,
  customer_name,
  destination,
  product_id,
  quantity,
  DATE_FORMAT(order_date, 'yyyy-MM-dd') AS order_day
FROM weborders
-- Those that jobs/weborders-lake would take for orders; order_day is the name of a folder.
WHERE malformed_reason IS NULL
  AND web_order_id IS NOT NULL
  AND order_date BETWEEN TIMESTAMP '2000-01-01 00:00:00' AND CAST(kafka_time AS TIMESTAMP(3)) + INTERVAL '1' DAY;

EXECUTE STATEMENT SET
BEGIN
  INSERT INTO as_json SELECT * FROM orders;
  INSERT INTO as_csv SELECT * FROM orders;
  INSERT INTO as_avro SELECT * FROM orders;
  INSERT INTO as_parquet SELECT * FROM orders;
END;
