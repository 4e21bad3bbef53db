"""Every customer's orders as sessions, kept up to date as orders come, change and go.

SQL's session windows take rows that are only ever added. Here an order may get another date or another customer, or be
deleted, and then sessions join, part, move or vanish. So the state has the orders of each customer, and an aggregate
function in Python says after each change what the customer's sessions are.
"""

import os
import sys
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from py4j.protocol import Py4JJavaError
from pyflink.common import Configuration, Row
from pyflink.java_gateway import get_gateway
from pyflink.table import AggregateFunction, DataTypes, EnvironmentSettings, MapView, TableEnvironment
from pyflink.table.types import DataType
from pyflink.util.exceptions import JavaException
from sessions import Order, sessions
from sql import CannotStart, Variables

TABLES = Path(__file__).with_name("tables.sql")

INSERT = """
INSERT INTO lake.`${database.orders}`.customer_sessions
SELECT customer_name, session_start, session_end, order_count, order_value
FROM (
  SELECT customer_name, sessions_of(order_id, order_date, order_total) AS found
  FROM orders
  -- A guest has no name, and what two guests order is not one customer's.
  WHERE customer_name IS NOT NULL AND order_status <> 'CANCELLED'
  GROUP BY customer_name
)
CROSS JOIN UNNEST(found) AS s (session_start, session_end, order_count, order_value)
"""

_PLACED = DataTypes.TIMESTAMP(6)


class SessionsOf(AggregateFunction):
    """`sessions_of(order_id, order_date, order_total)`: the sessions of a group's orders, as an array of rows."""

    def create_accumulator(self) -> Row:
        return Row(MapView())

    def accumulate(self, accumulator: Row, order: int, placed: datetime, total: Decimal) -> None:
        accumulator[0].put(order, Row(placed, total))

    def retract(self, accumulator: Row, order: int, placed: datetime, total: Decimal) -> None:  # noqa: ARG002
        accumulator[0].remove(order)

    def get_value(self, accumulator: Row) -> list[Row]:
        return [Row(*session) for session in sessions(Order(*order) for order in accumulator[0].values())]

    def get_accumulator_type(self) -> DataType:
        order = _row(placed=_PLACED, total=DataTypes.DECIMAL(10, 2))
        return _row(orders=DataTypes.MAP_VIEW(DataTypes.INT(), order))

    def get_result_type(self) -> DataType:
        # As wide as SQL's own SUM of such totals.
        value = DataTypes.DECIMAL(38, 2)
        return DataTypes.ARRAY(_row(start=_PLACED, end=_PLACED, orders=DataTypes.BIGINT(), value=value))


def _row(**fields: DataType) -> DataType:
    return DataTypes.ROW([DataTypes.FIELD(name, type_) for name, type_ in fields.items()])


def start(variables: Variables) -> None:
    """Make the tables and start the one job; raises `CannotStart`."""
    statements = variables.statements(TABLES.read_text(encoding="utf-8"), TABLES.name)
    statements += variables.statements(INSERT, Path(__file__).name)
    # Flink's own configuration has the catalog store, from which the catalog `lake` comes.
    configuration = get_gateway().jvm.org.apache.flink.configuration.GlobalConfiguration.loadConfiguration()
    settings = EnvironmentSettings.Builder().with_configuration(Configuration(j_configuration=configuration))
    tables = TableEnvironment.create(settings.in_streaming_mode().build())
    tables.create_temporary_system_function("sessions_of", SessionsOf())
    for statement in statements:
        try:
            tables.execute_sql(statement)
        except (Py4JJavaError, JavaException) as failure:
            reason = f"{statement.splitlines()[0]}\n  {_causes(str(failure))}\n  No job was started."
            raise CannotStart(variables.masked(reason)) from None


def _causes(trace: str) -> str:
    """Of a Java stack trace what it begins with, and the last cause: the two that tell."""
    frames = ("\t", " ", "An error occurred")
    said = [line for line in trace.splitlines() if ": " in line and not line.startswith(frames)] or [trace]
    return "\n  because: ".join(
        line.removeprefix("Caused by: ").lstrip(": ") for line in dict.fromkeys((said[0], said[-1]))
    )


def main() -> int:
    try:
        start(Variables(os.environ))
    except CannotStart as failure:
        print(failure, file=sys.stderr)
        # What Kubernetes shows as the reason why the container ended; elsewhere the file that TERMINATION_LOG names.
        said_in = Path(os.environ.get("TERMINATION_LOG", "/dev/termination-log"))
        if said_in.exists():
            said_in.write_text(f"{failure}\n", encoding="utf-8")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
