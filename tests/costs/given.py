"""Resources to estimate, as small as can be."""

from typing import Any

from costs.jobs import CONFIG_MAP, DEPLOYMENT, LIFECYCLE, OPTIMIZER
from costs.resources import Resource
from infra.placement import NODES


def deployment(
    name: str = "orders",
    *,
    interval: str = "10s",
    parallelism: int = 1,
    slots: int = 1,
    tables: int = 1,
    jobmanagers: int = 1,
    high_availability: bool = False,
) -> Resource:
    options = {"execution.checkpointing.interval": interval, "taskmanager.numberOfTaskSlots": str(slots)}
    if high_availability:
        options["high-availability.type"] = "kubernetes"
    writes = [part for number in range(tables) for part in ("--writes", f"lake.orders.table_{number}=id")]
    spec = {
        "flinkConfiguration": options,
        "job": {"parallelism": parallelism, "args": ["/opt/flink/job/job.sql", *writes]},
        "jobManager": {"replicas": jobmanagers, "resource": {"cpu": 0.5, "memory": "1024m"}, **_on("steady")},
        "taskManager": {"resource": {"cpu": 1, "memory": "2g"}, **_on("taskmanagers")},
    }
    return Resource(DEPLOYMENT, name, {"spec": spec})


def _on(pool: str) -> dict[str, Any]:
    return {"podTemplate": {"spec": {"nodeSelector": {NODES: pool}}}}


def script(job: str, sql: str) -> Resource:
    return Resource(CONFIG_MAP, f"{job}-script-0123456789", {"data": {"job.sql": sql}})


def lifecycle(bucket: str, *, noncurrent_days: int) -> Resource:
    rule = {"id": "noncurrent", "noncurrentVersionExpiration": {"noncurrentDays": noncurrent_days}}
    return Resource(LIFECYCLE, f"lake-{bucket}", {"rules": [rule]})


def optimizer(job: str, kind: str, **iceberg: int) -> Resource:
    configuration = {f"{kind}Configuration": {"icebergConfiguration": iceberg}}
    return Resource(OPTIMIZER, f"{job}-table-{kind}", {"type": kind, "configuration": configuration})
