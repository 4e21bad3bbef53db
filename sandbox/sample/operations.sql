-- The operations database (MariaDB 10.11, MySQL 8): the copy of the orders that applications read, written by the job
-- operations-orders. Load it into any database: it names none.

CREATE TABLE IF NOT EXISTS enriched_orders (
    order_id            INT            NOT NULL PRIMARY KEY,
    order_date          DATETIME,
    customer_name       VARCHAR(255),
    order_total         DECIMAL(10, 2),
    order_qty           INT,
    product_id          INT,
    order_status        VARCHAR(20),
    product_name        VARCHAR(255),
    product_description VARCHAR(512),
    shipment_id         INT,
    origin              VARCHAR(255),
    destination         VARCHAR(255),
    has_arrived         BOOLEAN
) CHARACTER SET utf8mb4;
