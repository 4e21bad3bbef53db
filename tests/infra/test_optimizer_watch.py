import json
from pathlib import Path

import pytest

from infra.optimizer_watch import TABLES_AT_ONCE, OptimizerWatch
from infra.table_maintenance import OPTIMIZERS, optimizers
from tests.declared import Cloud, deploy
from tests.infra.jobs_given import given_job, written

TOPICS = {owner: f"arn:aws:sns:eu-west-1:123456789012:{owner}" for owner in ("a-team", "b-team", "platform")}


def declared(folder: Path) -> Cloud:
    jobs = [
        given_job(folder, "one", writes=[written("a"), written("b")]),
        given_job(folder, "two", writes=[written("c")], owner="b-team"),
    ]
    return deploy(
        lambda: OptimizerWatch(
            "watch",
            jobs,
            topics=TOPICS,
            topics_key_arn="arn:aws:kms:eu-west-1:123456789012:key/k",
            region="eu-west-1",
            account_id="123456789012",
            partition="aws",
        )
    )


def test_every_optimizer_is_looked_at_and_its_owner_named(tmp_path: Path) -> None:
    schedule = declared(tmp_path).inputs("aws:scheduler/schedule:Schedule", "watch")
    watched = json.loads(schedule["target"]["input"])["optimizers"]
    assert {(each["database"], each["table"], each["type"]) for each in watched} == {
        ("iceberg_orders", table, kind) for table in "abc" for kind in OPTIMIZERS
    }
    assert {each["table"]: each["topic"] for each in watched} == {
        "a": TOPICS["a-team"],
        "b": TOPICS["a-team"],
        "c": TOPICS["b-team"],
    }


def test_very_many_tables_are_looked_at_in_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.optimizer_watch.TABLES_AT_ONCE", 2)
    inputs = [json.loads(each.inputs["target"]["input"]) for each in declared(tmp_path).program.of_kind("Schedule")]
    assert [[each["table"] for each in found["optimizers"][::3]] for found in inputs] == [["a", "b"], ["c"]]


def test_an_execution_takes_as_many() -> None:
    """Names in Glue have at most 255 characters; ours are rather like these."""
    one = {"database": "iceberg_" * 4, "table": "enriched_" * 4, "type": "orphan_file_deletion", "topic": "x" * 90}
    assert TABLES_AT_ONCE * len(OPTIMIZERS) * len(json.dumps(one) + ", ") < 256 * 1024


def test_no_kind_of_optimizer_is_forgotten() -> None:
    assert list(optimizers("arn:role", 7)) == list(OPTIMIZERS)


def test_the_schedule_may_start_the_check_and_nothing_else(tmp_path: Path) -> None:
    cloud = declared(tmp_path)
    schedule = cloud.inputs("aws:scheduler/schedule:Schedule", "watch")
    (allowed,) = json.loads(cloud.inputs("aws:iam/rolePolicy:RolePolicy", "watch-schedule")["policy"])["Statement"]
    assert (allowed["Action"], allowed["Resource"]) == (["states:StartExecution"], [schedule["target"]["arn"]])


def test_the_roles_are_for_services_acting_for_this_account(tmp_path: Path) -> None:
    cloud = declared(tmp_path)
    for part, service in (("check", "states.amazonaws.com"), ("schedule", "scheduler.amazonaws.com")):
        (trusted,) = json.loads(cloud.inputs("aws:iam/role:Role", f"watch-{part}")["assumeRolePolicy"])["Statement"]
        assert trusted["Principal"] == {"Service": service}
        assert trusted["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_the_platform_hears_when_nothing_looks_any_more(tmp_path: Path) -> None:
    alarm = declared(tmp_path).inputs("aws:cloudwatch/metricAlarm:MetricAlarm", "watch")
    assert alarm["alarmActions"] == [TOPICS["platform"]]
    assert (alarm["namespace"], alarm["metricName"]) == ("AWS/States", "ExecutionsSucceeded")
    assert alarm["treatMissingData"] == "breaching"
    assert alarm["alarmDescription"].endswith("docs/observability.md#optimizers-unwatched")
