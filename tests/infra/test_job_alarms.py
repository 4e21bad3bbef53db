from pathlib import Path

from infra.job_alarms import JobAlarms
from tests.declared import Cloud, deploy
from tests.infra.jobs_given import given_job, written

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:owner"


def declared(folder: Path) -> Cloud:
    job = given_job(folder, writes=[written("a"), written("b", "1 min")])
    return deploy(lambda: JobAlarms(job, checkpoint_interval=10, topic_arn=TOPIC, unless="flink-lakehouse-test/down"))


def test_names_say_stack_job_and_what_is_wrong(tmp_path: Path) -> None:
    cloud = declared(tmp_path)
    assert sorted(cloud.inputs(ALARM, name)["name"] for name in cloud.names(ALARM)) == [
        "flink-lakehouse-test/copy/lag/orders",
        "flink-lakehouse-test/copy/lag/the shipments",
        "flink-lakehouse-test/copy/no-checkpoint",
        "flink-lakehouse-test/copy/not-running",
        "flink-lakehouse-test/copy/restarts",
        "flink-lakehouse-test/copy/stale/iceberg_orders.a",
        "flink-lakehouse-test/copy/stale/iceberg_orders.b",
    ]


def test_the_owner_hears_once_it_is_wrong_and_once_it_is_over(tmp_path: Path) -> None:
    cloud = declared(tmp_path)
    for type_, name in ((ALARM, "copy-restarts"), (ALARM, "copy-lag-orders"), (COMPOSITE, "copy-not-delivering")):
        inputs = cloud.inputs(type_, name)
        assert (inputs["alarmActions"], inputs["okActions"]) == ([TOPIC], [TOPIC])


def test_one_alarm_stands_for_all_that_keep_tables_from_being_fresh(tmp_path: Path) -> None:
    cloud = declared(tmp_path)
    parts = ["copy-stale-iceberg_orders.a", "copy-stale-iceberg_orders.b", "copy-no-checkpoint", "copy-not-running"]
    assert not any("alarmActions" in cloud.inputs(ALARM, part) for part in parts)
    rule = cloud.inputs(COMPOSITE, "copy-not-delivering")["alarmRule"]
    assert rule == " OR ".join(f'ALARM("{cloud.inputs(ALARM, part)["name"]}")' for part in parts)


def test_it_is_silent_while_there_are_no_metrics(tmp_path: Path) -> None:
    composite = declared(tmp_path).inputs(COMPOSITE, "copy-not-delivering")
    assert composite["actionsSuppressor"] == {
        "alarm": "flink-lakehouse-test/down",
        "waitPeriod": 180,
        "extensionPeriod": 300,
    }


def test_one_series_is_looked_at_as_it_is(tmp_path: Path) -> None:
    alarm = declared(tmp_path).inputs(ALARM, "copy-stale-iceberg_orders.b")
    (query,) = alarm["metricQueries"]
    assert query["returnData"] is True
    assert query["metric"] == {
        "namespace": "FlinkLakehouse/test",
        "metricName": (
            "flink_taskmanager_job_task_operator_IcebergFilesCommitter_table_elapsedSecondsSinceLastSuccessfulCommit"
        ),
        "dimensions": {"job_name": "copy", "table": "iceberg_orders.b"},
        "stat": "Maximum",
        "period": 60,
    }
    assert (alarm["threshold"], alarm["treatMissingData"]) == (60, "breaching")
    assert (alarm["datapointsToAlarm"], alarm["evaluationPeriods"]) == (4, 5)


def test_the_lag_of_a_source_that_is_quiet_does_not_count(tmp_path: Path) -> None:
    queries = {each["id"]: each for each in declared(tmp_path).inputs(ALARM, "copy-lag-orders")["metricQueries"]}
    assert queries["value"]["expression"] == "IF(rate > 0, lag, 0)"
    assert [name for name, each in queries.items() if each["returnData"]] == ["value"]
    assert queries["lag"]["metric"]["dimensions"] == {"job_name": "copy", "source": "orders"}


def test_an_alarm_costs_little(tmp_path: Path) -> None:
    """A component, an alarm over others, three alarms of the job, and one for each table and source."""
    cloud = declared(tmp_path)
    assert len(cloud.program.resources) <= 1 + 3 + 2 + 2
