from typing import Any, Literal

import pulumi
import pytest

from infra.access_jobs import TEND, JobGrants, TableGrants, TableTags
from infra.job_manifest import Write
from infra.jobs import LakeTable
from infra.settings.access import AccessSettings
from tests.declared import Cloud, deploy

ROLE = "arn:aws:iam::123456789012:role/copy"
Mode = Literal["hybrid", "full"]


def table(name: str, **tags: str) -> LakeTable:
    write = Write(table=f"orders.{name}", key=["id"], freshness="30s", tags=tags)
    return LakeTable("iceberg_orders", name, write)


def settings(mode: Mode) -> AccessSettings:
    return AccessSettings.model_validate({"mode": mode, "tags": {"level": {"key": "level_dev", "values": ["secret"]}}})


def permissions(cloud: Cloud) -> list[tuple[list[str], dict[str, Any]]]:
    """What the role is granted on what, by name: grants that need not wait for each other come in any order."""
    found = sorted(cloud.program.of_kind("Permissions"), key=lambda each: each.name)
    assert all(each.inputs["principal"] == ROLE for each in found)
    return [
        (
            each.inputs["permissions"],
            {key: value for key, value in each.inputs.items() if key not in ("permissions", "principal")},
        )
        for each in found
    ]


def job(mode: Mode) -> list[tuple[list[str], dict[str, Any]]]:
    tables = [table("a"), table("b")]
    return permissions(
        deploy(lambda: JobGrants("copy", settings(mode), role_arn=ROLE, tables=tables, warehouse_arn="arn:aws:s3:::w"))
    )


@pytest.mark.parametrize("mode", ["hybrid", "full"])
def test_a_job_may_make_tables_at_the_places_of_its_own(mode: Mode) -> None:
    assert [given for given in job(mode) if given[0] == ["DATA_LOCATION_ACCESS"]] == [
        (["DATA_LOCATION_ACCESS"], {"dataLocation": {"arn": "arn:aws:s3:::w/iceberg_orders/a"}}),
        (["DATA_LOCATION_ACCESS"], {"dataLocation": {"arn": "arn:aws:s3:::w/iceberg_orders/b"}}),
    ]


def test_in_full_mode_a_job_may_make_tables_in_its_database() -> None:
    assert (["CREATE_TABLE", "DESCRIBE"], {"database": {"name": "iceberg_orders"}}) in job("full")
    assert len(job("full")) == 3
    assert len(job("hybrid")) == 2


def test_optimizers_are_granted_the_tables_where_iam_does_not_decide() -> None:
    def grants(mode: Mode) -> list[tuple[list[str], dict[str, Any]]]:
        return permissions(
            deploy(
                lambda: TableGrants("optimizer", settings(mode), role_arn=ROLE, tables=[table("a")], permissions=TEND)
            )
        )

    assert grants("hybrid") == []
    assert grants("full") == [
        (
            ["ALTER", "DELETE", "DESCRIBE", "INSERT", "SELECT"],
            {"table": {"databaseName": "iceberg_orders", "name": "a"}},
        )
    ]


def test_a_tables_own_tags_are_attached_to_it_by_their_key() -> None:
    tables = [table("a", level="secret"), table("b")]
    cloud = deploy(lambda: TableTags("copy", settings("hybrid"), tables=tables))
    assert [dict(each.inputs) for each in cloud.program.of_kind("ResourceLfTag")] == [
        {
            "table": {"databaseName": "iceberg_orders", "name": "a"},
            "lfTag": {"key": "level_dev", "value": "secret"},
        }
    ]


def test_a_tag_stays_with_its_table_when_the_job_goes() -> None:
    retained: dict[str, bool | None] = {}

    def look(resource: pulumi.ResourceTransformationArgs) -> None:
        retained[resource.type_] = resource.opts.retain_on_delete

    opts = pulumi.ResourceOptions(transformations=[look])
    deploy(lambda: TableTags("copy", settings("full"), tables=[table("a", level="secret")], opts=opts))
    assert retained["aws:lakeformation/resourceLfTag:ResourceLfTag"] is True
