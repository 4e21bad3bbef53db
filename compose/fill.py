"""In a container: the sample's tables and rows, once.

`python -m compose.fill SAMPLE`; `SAMPLE` is what `compose.render` wrote. Databases that have rows are left as they are.
"""

import json
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

from pymysql.constants import CLIENT

from sandbox.addresses import Login
from sandbox.sample.generator import AlreadyLoaded, load
from sandbox.sample.sources import connect_mysql


def fill(sample: dict[str, Any]) -> str:
    """Load it; gives what to say of it."""
    mysql, postgres = Login(**sample["logins"]["mysql"]), Login(**sample["logins"]["postgres"])
    if sample["fed"] is not None:
        script = (files("sandbox.sample") / "operations.sql").read_text(encoding="utf-8")
        with (
            connect_mysql(mysql, sample["fed"], client_flag=CLIENT.MULTI_STATEMENTS) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(script)
            while cursor.nextset():
                pass
    databases = sample["databases"]
    try:
        made = load(
            mysql, databases["erpdb"], postgres, databases["shipdb"], orders=sample["orders"], seed=sample["seed"]
        )
    except AlreadyLoaded as there:
        return f"left as it is: {there}"
    return f"{len(made.orders):,} orders, {len(made.products):,} products, {len(made.shipments):,} shipments"


if __name__ == "__main__":
    print(fill(json.loads(Path(sys.argv[1]).read_text())))
