-- The carrier's database (PostgreSQL). Load it into any database: it names none.

-- One shipment an order, at most: with two, the join would yield two rows for one `order_id`, the lake's upsert key,
-- and which of them the lake keeps would be chance. An order of the other database can't be a foreign key here.
CREATE TABLE IF NOT EXISTS shipments (
    shipment_id INT          NOT NULL PRIMARY KEY,
    order_id    INT          NOT NULL UNIQUE,
    origin      VARCHAR(255) NOT NULL,
    destination VARCHAR(255),
    has_arrived BOOLEAN      NOT NULL
);

-- Without it the log of an update or a delete holds the old row's key alone, and the join, which looks shipments up by
-- `order_id`, could not take the old row back.
ALTER TABLE shipments REPLICA IDENTITY FULL;
