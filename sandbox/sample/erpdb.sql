-- The web shop's database (MariaDB 10.11, MySQL 8). Load it into any database: it names none.
-- Every type here is one that mysql-cdc hands to Flink as it is: INT, DECIMAL, TIMESTAMP(0), STRING.

CREATE TABLE IF NOT EXISTS products (
    id          INT            NOT NULL PRIMARY KEY,
    name        VARCHAR(255)   NOT NULL,
    description VARCHAR(512),
    price       DECIMAL(10, 2) NOT NULL
) CHARACTER SET utf8mb4;

-- An order may name no product, or one that is gone or not there yet: so no foreign key. The lake keeps such an order.
-- `web_order_id` is NULL for orders that did not come over the web; those that did get numbers of their own.
-- `order_date` is a DATETIME (wall-clock time), not a TIMESTAMP, which would depend on the session's time zone.
CREATE TABLE IF NOT EXISTS orders (
    order_id      INT            NOT NULL AUTO_INCREMENT PRIMARY KEY,
    order_date    DATETIME       NOT NULL,
    customer_name VARCHAR(255),
    order_total   DECIMAL(10, 2) NOT NULL,
    order_qty     INT            NOT NULL,
    product_id    INT,
    order_status  VARCHAR(20)    NOT NULL,
    web_order_id  VARCHAR(36)    UNIQUE,
    KEY orders_by_product (product_id)
) CHARACTER SET utf8mb4 AUTO_INCREMENT = 1000000001;
