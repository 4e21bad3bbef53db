import re
from typing import Any

from infra.collector_configuration import collector_configuration, metric_relabeling
from infra.flink_configuration import METRICS_PORT
from infra.metrics import COLLECTOR_UP, JOB_METRICS
from infra.pod_templates import common_pod
from tests.scraped import Series, collected

TOLD = collector_configuration(
    jobs_in="flink", namespace="FlinkLakehouse/dev", log_group="/group", region="eu-west-1", endpoint=None
)
JOBS: Any = TOLD["receivers"]["prometheus"]["config"]["scrape_configs"][0]
OPERATOR = "flink_taskmanager_job_task_operator_"
FLINK = (
    'job_id="1",job_name="copy",host="h",tm_id="t",task_id="2",task_name="Source: orders[1]",task_attempt_id="3",'
    'task_attempt_num="4",subtask_index="0",operator_id="5"'
)


def keep(line: str) -> list[Series]:
    return list(collected(line, {"job_name": "copy", "pod": "copy-1"}, metric_relabeling()))


def test_a_source_is_called_as_the_script_calls_it() -> None:
    (kept,) = keep(f'{OPERATOR}currentEmitEventTimeLag{{{FLINK},operator_name="Source: orders[17]",}} 289.0')
    assert kept.labels["source"] == "orders"
    assert kept.value == 289


def test_a_table_is_called_as_athena_calls_it() -> None:
    age = f"{OPERATOR}IcebergFilesCommitter_table_elapsedSecondsSinceLastSuccessfulCommit"
    (kept,) = keep(f'{age}{{{FLINK},operator_name="IcebergFilesCommitter",table="lake.orders.copies",}} 1.0')
    assert kept.labels["table"] == "orders.copies"


def test_nothing_of_an_attempt_makes_another_series() -> None:
    (kept,) = keep(f'{OPERATOR}currentEmitEventTimeLag{{{FLINK},operator_name="Source: orders[1]",}} 1')
    assert set(kept.labels) == {"__name__", "job_name", "pod", "source", "task_name", "subtask_index"}


def test_of_rates_only_those_of_sources_are_kept() -> None:
    assert keep(f'{OPERATOR}numRecordsOutPerSecond{{{FLINK},operator_name="Source: orders[1]",}} 2.0')
    assert not keep(f'{OPERATOR}numRecordsOutPerSecond{{{FLINK},operator_name="Calc[2]",}} 2.0')


def test_what_nobody_looks_at_is_not_kept() -> None:
    assert not keep(f"flink_jobmanager_job_numRestartsOfMine{{{FLINK}}} 1.0")
    assert not keep(f"flink_jobmanager_job_uptime{{{FLINK}}} 1.0")


def test_each_metric_is_written_with_its_dimensions_once() -> None:
    declared = [
        (tuple(dimensions), selector)
        for declaration in TOLD["exporters"]["awsemf"]["metric_declarations"]
        for dimensions in declaration["dimensions"]
        for selector in declaration["metric_name_selectors"]
    ]
    for metric in (*JOB_METRICS, COLLECTOR_UP):
        matching = [
            dimensions for dimensions, selector in declared if re.search(selector.replace("$$", "$"), metric.name)
        ]
        assert matching == [metric.dimensions], metric.name


def test_counters_are_sums_and_nothing_else_is() -> None:
    statements = TOLD["processors"]["transform"]["metric_statements"]
    summed = {re.findall(r'metric\.name == "(\w+)"', statement)[0] for statement in statements}
    assert summed == {metric.name for metric in JOB_METRICS if metric.counter}


def test_units_are_cloudwatchs() -> None:
    units = {each["metric_name"]: each["unit"] for each in TOLD["exporters"]["awsemf"]["metric_descriptors"]}
    assert units == {metric.name: metric.unit for metric in JOB_METRICS if metric.unit != "None"}


def test_every_component_is_used() -> None:
    pipeline = TOLD["service"]["pipelines"]["metrics"]
    for kind in ("receivers", "processors", "exporters"):
        assert pipeline[kind] == list(TOLD[kind])
    assert TOLD["service"]["extensions"] == list(TOLD["extensions"])


def test_it_finds_the_port_that_pods_of_jobs_name() -> None:
    pod = common_pod(environment={}, files_config_map="s", catalog_config_map="c", sources_secret=None)
    (port,) = pod["spec"]["containers"][0]["ports"]
    assert port["containerPort"] == METRICS_PORT
    by_port = [
        rule for rule in JOBS["relabel_configs"] if rule["source_labels"][0].endswith("_pod_container_port_name")
    ]
    assert [(rule["regex"], rule["action"]) for rule in by_port] == [(port["name"], "keep")]


def test_it_looks_for_pods_in_the_jobs_namespace_only() -> None:
    (discovery,) = JOBS["kubernetes_sd_configs"]
    assert (discovery["role"], discovery["namespaces"]) == ("pod", {"names": ["flink"]})
