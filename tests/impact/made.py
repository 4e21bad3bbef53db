"""Plans and project versions of one join, to be changed by tests."""

from typing import Any

from impact.version import JobVersion, ProjectVersion
from infra.plan_lock import LockedColumn, LockedOperator, LockedState, LockedTable, PlanLock

ORDERS, SHIPMENTS, JOIN, SINK = ("a" * 32, "b" * 32, "c" * 32, "d" * 32)
TABLE = "orders.joined"


def operator(id: str, kind: str, **more: Any) -> LockedOperator:
    given: dict[str, Any] = {"name": kind, "kind": kind, "description": f"{kind}()", "state": list[Any]()} | more
    return LockedOperator.model_validate({"id": id, **given})


def state(name: str = "left-records", **more: Any) -> LockedState:
    return LockedState.model_validate({"name": name, "scope": "key", "kind": "MAP", "type": "ROW<INT>"} | more)


def operators() -> list[LockedOperator]:
    return [
        operator(ORDERS, "Source", state=[state("source", scope="operator", kind="LIST", type="bytes")]),
        operator(SHIPMENTS, "Source"),
        operator(JOIN, "Join", inputs=[ORDERS, SHIPMENTS], key="ROW<INT>", state=[state(), state("right-records")]),
        operator(SINK, "IcebergStreamWriter", inputs=[JOIN]),
    ]


def lock(*given: LockedOperator, flink: str = "1.20", columns: list[LockedColumn] | None = None) -> PlanLock:
    found = columns or [
        LockedColumn(name="id", type="INT", nullable=False),
        LockedColumn(name="total", type="DECIMAL(10, 2)", nullable=True),
    ]
    return PlanLock(
        version=1,
        digest="0" * 64,
        inputs="1" * 64,
        flink=flink,
        tables={TABLE: LockedTable(columns=found, key=["id"])},
        sources={},
        operators=list(given) or operators(),
    )


def replaced(operator_id: str, **changes: Any) -> list[LockedOperator]:
    """The operators, one of them with something else."""
    return [each.model_copy(update=changes) if each.id == operator_id else each for each in operators()]


MANIFEST: dict[str, Any] = {
    "description": "Joins",
    "owner": "order-team",
    "reads": [{"source": "erpdb", "tables": ["orders"]}],
    "writes": [{"table": TABLE, "key": ["id"], "freshness": "30s"}],
}


def job(**changes: Any) -> JobVersion:
    given: dict[str, Any] = {"name": "join", "manifest": MANIFEST, "code": {"job.sql": "1"}, "lock": lock()} | changes
    return JobVersion(**given)


def project(*jobs: JobVersion, **changes: Any) -> ProjectVersion:
    given: dict[str, Any] = {
        "jobs": {each.name: each for each in jobs},
        "settings": {"databases": {"orders": {"name": "iceberg_orders"}}, "sources": {"erpdb": {"engine": "mysql"}}},
        "image": {"images/flink/pom.xml": "1"},
        "contract": 1,
    } | changes
    return ProjectVersion(**given)
