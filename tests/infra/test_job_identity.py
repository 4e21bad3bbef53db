from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from infra.job_identity import job_policy
from infra.job_kinds import JobFiles
from infra.job_manifest import JobManifest
from infra.jobs import Job, LakeTable

WRITE = {"table": "db.t", "key": ["id"], "freshness": "30s"}
CLUSTER = "arn:aws:kafka:eu-west-1:123456789012:cluster/shop/1-2"


def policy(kafka: str | None = None, **manifest: Any) -> dict[str, Any]:
    found = JobManifest.model_validate({"description": "d", "owner": "o", **manifest})
    tables = tuple(LakeTable("db", "t", write) for write in found.writes)
    return job_policy(
        Job("copy", JobFiles("sql", "job.sql", {}), found, tables, Path("jobs/copy")),
        stack="test",
        warehouse="arn:aws:s3:::lake",
        state="arn:aws:s3:::state",
        files="arn:aws:s3:::files",
        kms_key="arn:key",
        glue="arn:glue",
        kafka={read.source: kafka for read in found.reads if read.topics},
    )


POLICY = policy(writes=[WRITE])


def allowed(action: str, resource: str, of: dict[str, Any] = POLICY) -> bool:
    return any(
        action in statement["Action"] and any(fnmatch(resource, pattern) for pattern in statement["Resource"])
        for statement in of["Statement"]
    )


def test_a_job_writes_its_own_table_and_state() -> None:
    assert allowed("s3:PutObject", "arn:aws:s3:::lake/db/t/data/1.parquet")
    assert allowed("s3:DeleteObject", "arn:aws:s3:::state/copy/checkpoints/1")
    assert allowed("glue:UpdateTable", "arn:glue:table/db/t")
    assert allowed("kms:GenerateDataKey", "arn:key")


def test_a_job_reaches_nothing_else() -> None:
    for action, resource in (
        ("s3:GetObject", "arn:aws:s3:::lake/db/other/data/1.parquet"),
        ("s3:GetObject", "arn:aws:s3:::lake/db/t2/data/1.parquet"),
        ("s3:PutObject", "arn:aws:s3:::state/copy2/checkpoints/1"),
        ("glue:UpdateTable", "arn:glue:table/db/other"),
        ("glue:DeleteTable", "arn:glue:table/db/t"),
        ("s3:DeleteBucket", "arn:aws:s3:::lake"),
    ):
        assert not allowed(action, resource), (action, resource)


def test_no_action_and_no_whole_service_is_granted_by_wildcard() -> None:
    for statement in POLICY["Statement"]:
        assert not any("*" in action for action in statement["Action"])
        assert "*" not in statement["Resource"]


def test_a_job_without_tables_and_files_has_its_state_alone() -> None:
    sids = {statement["Sid"] for statement in policy()["Statement"]}
    assert sids == {"State", "ListState", "Key"}


def test_exported_files_lie_under_the_jobs_own_name() -> None:
    of = policy(files=["daily"])
    assert allowed("s3:PutObject", "arn:aws:s3:::files/copy/daily/1.csv", of)
    assert not allowed("s3:PutObject", "arn:aws:s3:::files/copy/weekly/1.csv", of)
    assert not allowed("glue:GetTable", "arn:glue:table/db/t", of)


def test_a_job_reads_its_topics_in_a_group_of_its_own() -> None:
    reads = [{"source": "shop", "topics": ["weborders"]}]
    of = policy(kafka=CLUSTER, reads=reads)
    topic, group = (CLUSTER.replace(":cluster/", f":{what}/") for what in ("topic", "group"))
    assert allowed("kafka-cluster:ReadData", f"{topic}/weborders", of)
    assert not allowed("kafka-cluster:ReadData", f"{topic}/payments", of)
    assert not allowed("kafka-cluster:WriteData", f"{topic}/weborders", of)
    assert allowed("kafka-cluster:AlterGroup", f"{group}/test.copy.weborders", of)
    assert not allowed("kafka-cluster:AlterGroup", f"{group}/test.other.weborders", of)
    assert len({statement["Sid"] for statement in of["Statement"]}) == len(of["Statement"])


def test_a_cluster_that_asks_nobody_needs_no_grant() -> None:
    of = policy(reads=[{"source": "shop", "topics": ["weborders"]}])
    assert not any("kafka" in action for statement in of["Statement"] for action in statement["Action"])
