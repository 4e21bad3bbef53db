-- Orders of more than a week ago that have not arrived, the oldest first
SELECT
  order_id,
  order_date,
  customer_name,
  product_name,
  destination
FROM iceberg_orders.enriched_orders_lake
WHERE order_date < current_timestamp - interval '7' day
  AND NOT coalesce(has_arrived, false)
ORDER BY order_date
