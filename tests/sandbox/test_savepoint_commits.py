"""Which snapshot of a table belongs to a savepoint, by what Flink's sink leaves: commits and manifests."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from sandbox.addresses import Aws
from sandbox.around import Around
from sandbox.aws.local import aws_client, start_aws
from sandbox.flink.commits import CHECKPOINT, JOB_ID, Commits, restore
from sandbox.savepoints import TableAt

JOB = "6f5ad6574a1a9f796cad3b02b052ef91"
PLACE = "s3://lake/db/t/metadata"


@dataclass
class Lake:
    """A table whose snapshots are those that a test says, 1 the first."""

    aws: Aws
    snapshots: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    def commit(self, **summary: str) -> None:
        number = len(self.snapshots) + 1
        parent = {"parent-snapshot-id": number - 1} if self.snapshots else {}
        self.snapshots.append({"snapshot-id": number, "summary": {"operation": "append", **summary}, **parent})

    def flink(self, checkpoint: int, job: str = JOB) -> None:
        self.commit(**{JOB_ID: job, CHECKPOINT: str(checkpoint)})

    def manifest(self, checkpoint: int, *, deleted: bool = True) -> str:
        """The committer's own, which it deletes once its files are committed."""
        name = f"{JOB}-69d5939a99866873c76857169cf097af-00000-0-{checkpoint}-00001.avro"
        client = aws_client(self.aws, "s3")
        client.put_object(Bucket="lake", Key=f"db/t/metadata/{name}", Body=b"files")
        if deleted:
            client.delete_object(Bucket="lake", Key=f"db/t/metadata/{name}")
        return f"{PLACE}/{name}"

    def at(self, checkpoint: int) -> TableAt | None:
        metadata = {"current-snapshot-id": len(self.snapshots) or -1, "snapshots": self.snapshots}
        aws_client(self.aws, "s3").put_object(
            Bucket="lake", Key="db/t/metadata/1.json", Body=json.dumps(metadata).encode()
        )
        return Commits(Around.of(self.aws, None), "db.t", JOB).at(checkpoint)


@pytest.fixture
def lake() -> Iterator[Lake]:
    with start_aws(region="eu-west-1") as running:
        s3, glue = aws_client(running.address, "s3"), aws_client(running.address, "glue")
        s3.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        s3.put_bucket_versioning(Bucket="lake", VersioningConfiguration={"Status": "Enabled"})
        glue.create_database(DatabaseInput={"Name": "db"})
        location = {"metadata_location": f"{PLACE}/1.json"}
        glue.create_table(DatabaseName="db", TableInput={"Name": "t", "Parameters": location})
        yield Lake(running.address)


def test_a_savepoint_with_a_commit_of_its_own_has_that_snapshot(lake: Lake) -> None:
    lake.manifest(4)
    lake.manifest(5)
    lake.manifest(6)
    for checkpoint in (4, 5, 6):
        lake.flink(checkpoint)
    assert lake.at(5) == TableAt(snapshot=2)


def test_without_new_files_it_is_the_snapshot_before(lake: Lake) -> None:
    lake.manifest(4)
    lake.flink(4)
    assert lake.at(7) == TableAt(snapshot=1)
    lake.flink(9)
    assert lake.at(7) == TableAt(snapshot=1)


def test_until_its_files_are_committed_there_is_no_answer(lake: Lake) -> None:
    lake.manifest(4)
    lake.flink(4)
    lake.manifest(5, deleted=False)
    assert lake.at(5) is None


def test_files_that_were_committed_with_the_next_checkpoints_are_pending(lake: Lake) -> None:
    lake.manifest(4)
    lake.flink(4)
    pending = lake.manifest(5)
    lake.manifest(6)
    lake.flink(6)
    assert lake.at(5) == TableAt(snapshot=1, pending=(pending,))


def test_of_a_table_that_was_empty_all_is_pending(lake: Lake) -> None:
    pending = lake.manifest(5)
    lake.flink(6)
    assert lake.at(5) == TableAt(snapshot=None, pending=(pending,))


def test_a_run_before_and_a_compaction_are_no_commits_of_this_one(lake: Lake) -> None:
    lake.flink(90, job="0" * 32)
    lake.commit(operation="replace")
    assert lake.at(5) == TableAt(snapshot=2)
    lake.manifest(6)
    lake.flink(6)
    lake.commit(operation="replace")
    assert lake.at(5) == TableAt(snapshot=2)


def test_what_was_deleted_is_brought_back_and_what_is_gone_is_named(lake: Lake) -> None:
    path, key = lake.manifest(5), lake.manifest(5).removeprefix("s3://lake/")
    client = aws_client(lake.aws, "s3")
    assert restore(client, (path,)) == []
    assert client.get_object(Bucket="lake", Key=key)["Body"].read() == b"files"
    gone = f"{PLACE}/gone.avro"
    assert restore(client, (path, gone)) == [gone]
