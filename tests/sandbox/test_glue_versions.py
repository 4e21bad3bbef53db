"""Glue's optimistic lock, by which Iceberg's commits don't overwrite each other."""

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from moto.glue.models import FakeTable, GlueBackend
from moto.glue.responses import GlueResponse

from sandbox.aws import glue_versions
from sandbox.aws.glue_versions import MotoChanged
from sandbox.aws.local import aws_client, start_aws

if TYPE_CHECKING:
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_glue.type_defs import TableInputTypeDef, TableTypeDef


@pytest.fixture
def glue() -> Iterator["GlueClient"]:
    with start_aws() as aws:
        client = aws_client(aws.address, "glue")
        client.create_database(DatabaseInput={"Name": "orders", "LocationUri": "s3://lake/orders/"})
        client.create_table(DatabaseName="orders", TableInput=_entry("0", None))
        yield client


def _entry(location: str, previous: str | None) -> "TableInputTypeDef":
    """As Iceberg writes it."""
    parameters = {"table_type": "ICEBERG", "metadata_location": location}
    if previous is not None:
        parameters["previous_metadata_location"] = previous
    return {"Name": "lake", "TableType": "EXTERNAL_TABLE", "Parameters": parameters}


def _current(glue: "GlueClient") -> "TableTypeDef":
    return glue.get_table(DatabaseName="orders", Name="lake")["Table"]


def _version(glue: "GlueClient") -> str:
    return _current(glue).get("VersionId", "")


def test_a_version_moves_with_each_update(glue: "GlueClient") -> None:
    seen = {_version(glue)}
    for number in range(1, 4):
        glue.update_table(
            DatabaseName="orders", TableInput=_entry(str(number), str(number - 1)), VersionId=_version(glue)
        )
        seen.add(_version(glue))
    assert len(seen) == 4
    assert _current(glue).get("Parameters") == {
        "table_type": "ICEBERG",
        "metadata_location": "3",
        "previous_metadata_location": "2",
    }


def test_a_stale_version_is_refused_as_iceberg_expects_it(glue: "GlueClient") -> None:
    stale = _version(glue)
    glue.update_table(DatabaseName="orders", TableInput=_entry("1", "0"), VersionId=stale)
    with pytest.raises(glue.exceptions.ConcurrentModificationException) as refused:
        glue.update_table(DatabaseName="orders", TableInput=_entry("2", "0"), VersionId=stale)
    answer = refused.value.response
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400  # pyright: ignore[reportTypedDictNotRequiredAccess]
    assert answer["Error"]["Code"] == "ConcurrentModificationException"  # pyright: ignore[reportTypedDictNotRequiredAccess]
    assert _current(glue).get("Parameters", {})["metadata_location"] == "1"


def test_without_a_version_the_last_writer_wins(glue: "GlueClient") -> None:
    glue.update_table(DatabaseName="orders", TableInput=_entry("1", "0"))
    glue.update_table(DatabaseName="orders", TableInput=_entry("2", "0"))
    assert _current(glue).get("Parameters", {})["metadata_location"] == "2"


def test_skipping_the_archive_keeps_only_the_newest(glue: "GlueClient") -> None:
    glue.update_table(DatabaseName="orders", TableInput=_entry("1", "0"), VersionId=_version(glue))
    assert len(glue.get_table_versions(DatabaseName="orders", TableName="lake")["TableVersions"]) == 2
    before = _version(glue)
    glue.update_table(DatabaseName="orders", TableInput=_entry("2", "1"), VersionId=before, SkipArchive=True)
    kept = glue.get_table_versions(DatabaseName="orders", TableName="lake")["TableVersions"]
    assert before not in {version.get("VersionId") for version in kept}
    assert _version(glue) in {version.get("VersionId") for version in kept}


def test_many_writers_lose_no_update(glue: "GlueClient") -> None:
    """Each adds to a counter kept in the table's entry, as a commit adds a snapshot to those before it."""
    writers, rounds = 8, 15
    refused: list[str] = []
    failures: list[BaseException] = []

    def write(name: str) -> None:
        try:
            for _ in range(rounds):
                while True:
                    table = _current(glue)
                    before = table.get("Parameters", {})["metadata_location"]
                    entry = _entry(str(int(before) + 1), before)
                    try:
                        glue.update_table(
                            DatabaseName="orders",
                            TableInput=entry,
                            VersionId=table.get("VersionId", ""),
                            SkipArchive=True,
                        )
                        break
                    except glue.exceptions.ConcurrentModificationException:
                        refused.append(name)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=write, args=(str(number),)) for number in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert _current(glue).get("Parameters", {})["metadata_location"] == str(writers * rounds)
    assert refused, "the writers never met: this shows nothing"


def test_what_else_iceberg_asks(glue: "GlueClient") -> None:
    assert glue.get_database(Name="orders")["Database"].get("LocationUri") == "s3://lake/orders/"
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        glue.create_table(DatabaseName="orders", TableInput=_entry("other", None))
    glue.delete_table(DatabaseName="orders", Name="lake")
    for gone in (
        lambda: glue.get_table(DatabaseName="orders", Name="lake"),
        lambda: glue.delete_table(DatabaseName="orders", Name="lake"),
        lambda: glue.update_table(DatabaseName="orders", TableInput=_entry("1", "0"), VersionId="1"),
        lambda: glue.get_database(Name="nothing"),
    ):
        with pytest.raises(glue.exceptions.EntityNotFoundException):
            gone()


def test_another_moto_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    check = glue_versions._check_moto  # pyright: ignore[reportPrivateUsage]
    check()

    def no_update(self: FakeTable, table_input: object) -> None: ...

    def checks_itself(self: GlueBackend, database_name: str, version_id: str) -> None: ...

    with monkeypatch.context() as patch:
        patch.setattr(FakeTable, "update", no_update)
        with pytest.raises(MotoChanged, match="count versions"):
            check()
    with monkeypatch.context() as patch:
        patch.setattr(GlueBackend, "update_table", checks_itself)
        with pytest.raises(MotoChanged, match="version_id"):
            check()
    with monkeypatch.context() as patch:
        patch.delattr(GlueResponse, "get_tables")
        with pytest.raises(MotoChanged, match="get_tables"):
            check()
