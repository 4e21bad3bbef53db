"""What pages are made of in these tests: contracts, of the program or as large or strange as need be, and metadata."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from catalogue.measured import measure
from catalogue.page import Demo, Found
from infra.outputs import ColumnContract, Contract, SourceContract, TableContract, TeamContract
from sandbox.cloud import DeclaredOnly
from sandbox.program import Here, run_program
from tests.declared import PROJECT

NOW = datetime(2026, 3, 5, 9, 7, 30, tzinfo=UTC)
JOBS = ("enriched-orders", "operations-orders-lake", "order-sessions", "weborders-lake")
"""Of jobs/, those that write tables."""
ORDERS = "iceberg_orders.enriched_orders_lake"
MARKUP = """</script><script>alert("x")</script><b onclick='y'>&amp; "quoted" {{ 7 * 7 }}"""


@cache
def declared(stack: str = "sandbox", jobs: tuple[str, ...] = JOBS) -> Contract:
    """What the program exports."""
    here = Here(jobs=jobs, bootstrap_servers="127.0.0.1:9092", registry="http://127.0.0.1:8080")
    if stack != "sandbox":
        here = Here()
    return Contract.model_validate(run_program(PROJECT, stack, DeclaredOnly("eu-west-1"), here).outputs["contract"])


def table(**changes: Any) -> TableContract:
    given: dict[str, Any] = {
        "columns": [
            ColumnContract(name="id", type="bigint", nullable=False, description="Which one"),
            ColumnContract(name="customer_name", type="varchar", nullable=True),
        ],
        "key": ["id"],
        "owner": "a-team",
        "job": "copy",
        "freshness": "30s",
        "tags": {"domain": "orders"},
        "sources": [SourceContract(source="erpdb", engine="mysql", tables=["orders"])],
    }
    return TableContract(**given | changes)


def contract(tables: dict[str, TableContract], **changes: Any) -> Contract:
    team = TeamContract(
        role_arn="arn:aws:iam::123456789012:role/lakehouse-analysts",
        workgroup="analysts",
        results_location="s3://results/analysts/",
        results_key_arn="arn:aws:kms:eu-west-1:123456789012:key/1a2b",
        tables=list(tables),
    )
    given: dict[str, Any] = {
        "stack": "test",
        "account": "123456789012",
        "region": "eu-west-1",
        "access_mode": "hybrid",
        "databases": {"orders": "iceberg_orders"},
        "teams": {"analysts": team},
    }
    return Contract(**given | changes, tables=tables)


def large(tables: int = 300) -> Contract:
    """As many tables with all the columns, and what is said of them, of the one in the demo."""
    like = declared().tables[ORDERS]
    return contract(
        {f"iceberg_orders.table_{n:03}": like.model_copy(update={"owner": f"team-{n % 7}"}) for n in range(tables)}
    )


def metadata(
    commits: list[datetime], *, fields: list[list[dict[str, Any]]] | None = None, first: int = 1, **changes: Any
) -> dict[str, Any]:
    """Of a table with these commits, the first of which has this number, half of them by each of two schemas."""
    schemas = fields or [[field(1, "id"), field(2, "customer_name")]]
    return {
        "format-version": 2,
        "current-schema-id": len(schemas) - 1,
        "schemas": [{"schema-id": id_, "type": "struct", "fields": each} for id_, each in enumerate(schemas)],
        "snapshots": [
            {
                "snapshot-id": 1000 + index,
                "sequence-number": first + index,
                "timestamp-ms": int(time.timestamp() * 1000),
                "schema-id": index * len(schemas) // len(commits),
                "summary": {"operation": "overwrite"},
            }
            for index, time in enumerate(commits)
        ],
    } | changes


def field(id_: int, name: str, **changes: Any) -> dict[str, Any]:
    return {"id": id_, "name": name, "required": False, "type": "string"} | changes


def every(seconds: float, times: int, *, until: datetime = NOW) -> list[datetime]:
    """So many commits, so far apart, the last at `until`."""
    return [until - timedelta(seconds=seconds * (times - 1 - number)) for number in range(times)]


def measured(of: Contract) -> Found:
    """A lake in which one table is kept up, one is not, and another has one commit."""
    kept, late, new, *_ = of.tables

    def found(name: str, commits: list[datetime]) -> Any:
        columns = of.tables[name].columns
        fields = [field(number, column.name) for number, column in enumerate(columns, start=1)]
        return measure(metadata(commits, fields=[fields[:-2], fields]), of.tables[name].freshness, now=NOW)

    seen = NOW - timedelta(seconds=1)
    return Found(
        {
            kept: found(kept, every(1.2, 900, until=seen)),
            late: found(late, every(40, 60, until=seen)),
            new: found(new, [seen - timedelta(seconds=2), seen]),
        },
        {kept: Demo(NOW - timedelta(hours=2), 1500, 0, 1.67)},
    )
