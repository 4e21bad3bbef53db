"""Jobs, and changes of them: for each, the script before and after, and what else is given to the job."""

from dataclasses import dataclass, field

_MYSQL = (
    "'connector' = 'mysql-cdc', 'hostname' = '${erpdb.host}', 'port' = '${erpdb.port}', "
    "'username' = '${erpdb.username}', 'password' = '${erpdb.password}', 'database-name' = '${erpdb.database}', "
)
ORDERS = f"""\
CREATE TEMPORARY TABLE orders (
  order_id INT NOT NULL, customer_name STRING, order_total DECIMAL(10, 2), order_qty INT, product_id INT,
  PRIMARY KEY (order_id) NOT ENFORCED
) WITH ({_MYSQL}'table-name' = 'orders', 'server-id' = '${{erpdb.server-id.orders}}');
"""
PRODUCTS = f"""\
CREATE TEMPORARY TABLE products (id INT NOT NULL, name STRING, description STRING, PRIMARY KEY (id) NOT ENFORCED)
WITH ({_MYSQL}'table-name' = 'products', 'server-id' = '${{erpdb.server-id.products}}');
"""
_UPSERTED = "WITH ('format-version' = '2', 'write.upsert.enabled' = 'true');\n"


def made(table: str, columns: str, key: str) -> str:
    name = f"lake.`${{database.orders}}`.{table}"
    return f"CREATE TABLE IF NOT EXISTS {name} ({columns}, PRIMARY KEY ({key}) NOT ENFORCED) {_UPSERTED}"


BASES = {
    # Nothing but its place in the source, and what is to be committed.
    "copied": ORDERS
    + made("copied", "order_id INT NOT NULL, customer STRING, quantity INT", "order_id")
    + "INSERT INTO lake.`${database.orders}`.copied\n"
    "SELECT order_id, UPPER(customer_name), order_qty FROM orders WHERE order_qty >= 0;\n",
    # Both sides of the join, and the last rows in front of the sink, whose key the join doesn't keep.
    "joined": ORDERS
    + PRODUCTS
    + made("joined", "order_id INT NOT NULL, customer STRING, product STRING", "order_id")
    + "INSERT INTO lake.`${database.orders}`.joined\n"
    "SELECT o.order_id, o.customer_name, p.name FROM orders AS o LEFT JOIN products AS p ON o.product_id = p.id;\n",
    # A count and a sum for each product.
    "counted": ORDERS
    + made("counted", "product INT NOT NULL, n BIGINT, total DECIMAL(38, 2)", "product")
    + "INSERT INTO lake.`${database.orders}`.counted SELECT product, n, total FROM (\n"
    "  SELECT COALESCE(product_id, -1) AS product, COUNT(*) AS n, SUM(order_total) AS total\n"
    "  FROM orders GROUP BY COALESCE(product_id, -1));\n",
}
# The same, kept for a day.
BASES["kept"] = "SET 'table.exec.state.ttl' = '1 d';\n" + BASES["counted"].replace("counted", "kept")


@dataclass(frozen=True)
class Kind:
    """One kind of change."""

    base: str
    name: str
    edits: tuple[tuple[str, str], ...] = ()
    """Of the script: what stands there, and what shall."""
    parallelism: int = 1
    flink: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def job(self) -> str:
        """What its folder is called."""
        return f"{self.base}-{self.name}".replace(" ", "-").replace(",", "")

    @property
    def script(self) -> str:
        script = BASES[self.base]
        for old, new in self.edits:
            assert old in script, f"{self.job}: {old}"
            script = script.replace(old, new)
        return script


def kinds(udf_before: str, udf_after: str) -> list[Kind]:
    """In the order in which they are tried; `udf_…`: two jars with one function."""
    BASES["spoken"] = f"CREATE TEMPORARY FUNCTION said AS 'udf.Said' LANGUAGE JAVA USING JAR '{udf_before}';\n" + BASES[
        "copied"
    ].replace("copied", "spoken").replace("UPPER(", "said(")
    total, group = "SUM(order_total) AS total", "COALESCE(product_id, -1)"
    return [
        Kind("copied", "nothing but a comment", (("INSERT INTO", "-- As they come.\nINSERT INTO"),)),
        Kind("copied", "projection", (("UPPER(customer_name)", "LOWER(customer_name)"),)),
        Kind("copied", "filter", (("order_qty >= 0", "order_qty >= -1"),)),
        Kind("copied", "renamed source", (("TABLE orders ", "TABLE purchases "), ("FROM orders ", "FROM purchases "))),
        Kind("copied", "source with another column", (("order_qty INT,", "order_qty INT, order_status STRING,"),)),
        Kind("copied", "parallelism", parallelism=2),
        Kind("copied", "max parallelism", flink={"pipeline.max-parallelism": "64"}),
        Kind("copied", "no calculation", (("UPPER(customer_name)", "customer_name"), (" WHERE order_qty >= 0", ""))),
        Kind(
            "copied",
            "another source beside it",
            (
                ("INSERT INTO", PRODUCTS + "INSERT INTO"),
                ("order_qty >= 0;", "order_qty >= 0 UNION ALL SELECT -id, name, 0 FROM products;"),
            ),
        ),
        Kind("spoken", "function", ((udf_before, udf_after),)),
        Kind("joined", "projection", (("o.customer_name, p.name", "UPPER(o.customer_name), p.name"),)),
        Kind("joined", "inner join", (("LEFT JOIN", "JOIN"),)),
        Kind("joined", "another condition", (("= p.id;", "= p.id AND o.order_qty > 1;"),)),
        Kind("joined", "another join key", (("o.product_id = p.id", "o.order_qty = p.id"),)),
        Kind("joined", "parallelism", parallelism=2),
        Kind("counted", "projection after it", (("SELECT product, n, total", "SELECT product, n, total * 1"),)),
        Kind("counted", "another sum", ((total, "SUM(order_total * 2) AS total"),)),
        Kind("counted", "another aggregate", ((total, "MAX(order_total) AS total"),)),
        Kind(
            "counted",
            "group by another type",
            ((group, "CAST(COALESCE(product_id, -1) AS BIGINT)"), ("product, n", "CAST(product AS INT), n")),
        ),
        Kind("counted", "group by another column", ((group, "COALESCE(order_qty, -1)"),)),
        Kind(
            "counted", "time to live", (("CREATE TEMPORARY", "SET 'table.exec.state.ttl' = '1 d';\nCREATE TEMPORARY"),)
        ),
        Kind("counted", "parallelism", parallelism=2),
        Kind("kept", "longer time to live", (("'1 d'", "'2 d'"),)),
        Kind("kept", "no time to live", (("SET 'table.exec.state.ttl' = '1 d';\n", ""),)),
        # Last of each: the table has the column from then on.
        Kind(
            "copied",
            "added column",
            (("quantity INT", "quantity INT, total DECIMAL(10, 2)"), ("order_qty FROM", "order_qty, order_total FROM")),
        ),
        Kind(
            "joined",
            "added column",
            (("product STRING", "product STRING, about STRING"), ("p.name FROM", "p.name, p.description FROM")),
        ),
    ]
