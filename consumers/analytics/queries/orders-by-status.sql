-- How many orders stand where, and what they are worth
SELECT
  order_status,
  count(*) AS orders,
  sum(order_total) AS total
FROM iceberg_orders.enriched_orders_lake
GROUP BY order_status
ORDER BY orders DESC
