"""What analysts ask a table first: its newest rows, how it was before, and its history."""

from datetime import datetime

from rich.console import Console
from rich.markup import escape

from sandbox.addresses import Aws
from sandbox.athena.engine import Athena, as_table


def show_queries(console: Console, aws: Aws, table: str, before_changes: datetime) -> None:
    """Ask and print them; `before_changes` is the moment to travel back to."""
    moment = before_changes.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    queries = {
        "The newest orders": (
            "SELECT order_id, customer_name, order_total, order_status, product_name, destination, has_arrived\n"
            f"FROM {table} ORDER BY order_id DESC LIMIT 5"
        ),
        "Time travel: the table before the changes, and now": (
            f"SELECT 'before' AS moment, count(*) AS orders, count(shipment_id) AS shipped, max(order_id) AS last\n"
            f"FROM {table} FOR TIMESTAMP AS OF TIMESTAMP '{moment} UTC'\n"
            f"UNION ALL SELECT 'now', count(*), count(shipment_id), max(order_id) FROM {table}"
        ),
        "The table's history": _history(table),
    }
    with Athena(aws) as athena:
        for title, sql in queries.items():
            console.print(f"\n[bold]{title}[/bold]\n[dim]{escape(sql)}[/dim]", highlight=False)
            console.print(as_table(athena.query(sql)))


def _history(table: str) -> str:
    database, _, name = table.partition(".")
    return f'SELECT * FROM "{database}"."{name}$history" ORDER BY made_current_at DESC LIMIT 5'
