import json
from pathlib import Path
from typing import Any

import pytest

from infra.access_jobs import READ
from infra.bucket import BucketNames
from infra.expectation_watch import ExpectationWatch, checks_workgroup
from infra.scheduled_check import in_turns
from infra.settings.access import AccessSettings
from infra.settings.expectations import ExpectationSettings
from tests.declared import Cloud, deploy
from tests.infra.jobs_given import given_job, written

TOPICS = {owner: f"arn:aws:sns:eu-west-1:123456789012:{owner}" for owner in ("a-team", "b-team", "platform")}
PARAMETER = "aws:ssm/parameter:Parameter"


def promised(table: str) -> dict[str, Any]:
    return written(table) | {"expectations": {"not_null": ["id"], "row_count": {"min": 1}}}


def declared(folder: Path, *, mode: Any = "hybrid", some: bool = True, **settings: Any) -> Cloud:
    write = promised if some else written
    jobs = [
        given_job(folder, "one", writes=[write("a"), written("b")]),
        given_job(folder, "two", writes=[write("c")], owner="b-team"),
    ]
    return deploy(
        lambda: ExpectationWatch(
            "watch",
            ExpectationSettings(**settings),
            jobs,
            access=AccessSettings(mode=mode),
            warehouse_arn="arn:aws:s3:::warehouse",
            results=BucketNames(name="results", arn="arn:aws:s3:::results"),  # pyright: ignore[reportArgumentType]
            kms_key_arn="arn:aws:kms:eu-west-1:123456789012:key/lake",
            topics=TOPICS,
            topics_key_arn="arn:aws:kms:eu-west-1:123456789012:key/topics",
            region="eu-west-1",
            account_id="123456789012",
            partition="aws",
        )
    )


def test_each_table_of_which_something_is_promised_is_checked_and_its_owner_told(tmp_path: Path) -> None:
    schedule = declared(tmp_path).inputs("aws:scheduler/schedule:Schedule", "watch")
    tables = json.loads(schedule["target"]["input"])["tables"]
    assert [(each["table"], each["job"], each["owner"], each["topic"]) for each in tables] == [
        ("iceberg_orders.a", "one", "a-team", TOPICS["a-team"]),
        ("iceberg_orders.c", "two", "b-team", TOPICS["b-team"]),
    ]
    assert '"iceberg_orders"."a$history"' in tables[0]["snapshots"]
    assert [len(each["check"]) for each in tables] == [3, 3]


def test_the_last_good_snapshot_of_each_has_a_parameter_that_pulumi_leaves_alone(tmp_path: Path) -> None:
    cloud = declared(tmp_path)
    tables = json.loads(cloud.inputs("aws:scheduler/schedule:Schedule", "watch")["target"]["input"])["tables"]
    found = [cloud.inputs(PARAMETER, name) for name in cloud.names(PARAMETER)]
    assert sorted(each["name"] for each in found) == sorted(each["parameter"] for each in tables)
    assert {each["insecureValue"] for each in found} == {"none yet"}


def test_where_nothing_is_promised_there_is_nothing_to_look(tmp_path: Path) -> None:
    assert not declared(tmp_path, some=False).program.resources


@pytest.mark.parametrize(("mode", "granted"), [("hybrid", []), ("full", ["a", "c"])])
def test_it_may_read_the_tables_and_no_more(tmp_path: Path, mode: str, granted: list[str]) -> None:
    grants = declared(tmp_path, mode=mode).program.of_kind("Permissions")
    assert [each.inputs["table"]["name"] for each in grants] == granted
    assert all(each.inputs["permissions"] == list(READ) for each in grants)


def test_what_a_check_may_scan_and_how_often_it_comes_is_the_stacks_to_say(tmp_path: Path) -> None:
    cloud = declared(tmp_path, every_hours=1, scan_limit_gib=2)
    assert cloud.inputs("aws:scheduler/schedule:Schedule", "watch")["scheduleExpression"] == "rate(1 hour)"
    configuration = cloud.inputs("aws:athena/workgroup:Workgroup", "watch")["configuration"]
    assert configuration["bytesScannedCutoffPerQuery"] == 2 * 1024**3
    assert configuration["enforceWorkgroupConfiguration"] is True
    assert configuration["resultConfiguration"]["outputLocation"] == f"s3://results/{checks_workgroup('test')}/"


def test_the_platform_hears_when_nothing_looks_any_more(tmp_path: Path) -> None:
    alarm = declared(tmp_path).inputs("aws:cloudwatch/metricAlarm:MetricAlarm", "watch")
    assert alarm["alarmActions"] == [TOPICS["platform"]]
    assert alarm["treatMissingData"] == "breaching"
    assert alarm["alarmDescription"].endswith("docs/observability.md#expectations-unwatched")


def test_very_many_tables_are_checked_in_turns() -> None:
    assert in_turns([3, 3, 3, 9, 11, 1], lambda size: size, largest=10) == [[3, 3, 3], [9], [11], [1]]
    assert in_turns([], len, largest=10) == []
