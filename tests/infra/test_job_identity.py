from fnmatch import fnmatch

from infra.job_identity import job_policy
from infra.jobs import LakeTable, Write

TABLE = LakeTable("db", "t", Write(table="db.t", key=["id"], freshness="30s"))
POLICY = job_policy(
    "copy", [TABLE], warehouse="arn:aws:s3:::lake", state="arn:aws:s3:::state", kms_key="arn:key", glue="arn:glue"
)


def allowed(action: str, resource: str) -> bool:
    return any(
        action in statement["Action"] and any(fnmatch(resource, pattern) for pattern in statement["Resource"])
        for statement in POLICY["Statement"]
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
