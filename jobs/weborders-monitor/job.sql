-- What comes in over Kafka, every ten seconds, in the TaskManager's output: for people who look at a topic.

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

CREATE TEMPORARY TABLE console (
  until_time TIMESTAMP(3),
  records BIGINT,
  malformed BIGINT,
  orders BIGINT,
  products BIGINT,
  pieces BIGINT,
  newest TIMESTAMP_LTZ(3)
) WITH ('connector' = 'print', 'print-identifier' = 'weborders');

INSERT INTO console
SELECT
  window_end,
  COUNT(*),
  COUNT(malformed_reason),
  COUNT(web_order_id),
  COUNT(DISTINCT product_id),
  SUM(CAST(quantity AS BIGINT)),
  MAX(kafka_time)
FROM TABLE(TUMBLE(TABLE weborders, DESCRIPTOR(arrived), INTERVAL '10' SECOND))
GROUP BY window_start, window_end;
