import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from infra.alarms import alarm_name
from infra.dashboard import METRICS, ROWS, Dashboards, dashboards
from infra.jobs import Job
from infra.metrics import JOB_METRICS, LAG, PENDING, SOURCE_RATE
from tests.declared import deploy
from tests.infra.jobs_given import given_job, given_reader, written

FRONT = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:"
BY_NAME = {metric.name: metric for metric in JOB_METRICS}


def bodies(*jobs: Job) -> list[dict[str, Any]]:
    return list(dashboards(jobs, stack="dev", region="eu-west-1", alarms=FRONT))


def lines(body: dict[str, Any]) -> list[list[Any]]:
    """Metrics, without expressions over them."""
    every = [line for widget in body["widgets"] for line in widget["properties"].get("metrics", [])]
    return [line for line in every if isinstance(line[0], str)]


def test_every_metric_is_one_that_the_collector_keeps(tmp_path: Path) -> None:
    (body,) = bodies(given_job(tmp_path))
    for namespace, name, *rest in lines(body):
        assert namespace == "FlinkLakehouse/dev"
        dimensions, options = rest[:-1], rest[-1]
        assert tuple(dimensions[::2]) == BY_NAME[name].dimensions
        assert (options["stat"] == "Sum") == BY_NAME[name].counter


def test_everything_that_is_kept_is_shown(tmp_path: Path) -> None:
    (body,) = bodies(given_reader(tmp_path))
    assert {line[1] for line in lines(body)} == set(BY_NAME)


def test_a_topic_shows_what_waits_in_it(tmp_path: Path) -> None:
    (body,) = bodies(given_reader(tmp_path))
    waiting = [line for line in lines(body) if line[1] == PENDING.name]
    assert [line[5] for line in waiting] == ["web orders"]
    of_source = {line[1] for line in lines(body) if "web orders" in line}
    assert of_source == {LAG.name, SOURCE_RATE.name, PENDING.name}


def test_a_job_that_promises_nothing_has_neither_commits_nor_an_objective(tmp_path: Path) -> None:
    job = given_job(tmp_path)
    silent = replace(job, tables=(), manifest=job.manifest.model_copy(update={"writes": []}))
    (body,) = bodies(silent)
    graphs = [widget["properties"] for widget in body["widgets"] if widget["type"] == "metric"]
    assert len(graphs) == 4
    assert all(graph["metrics"] for graph in graphs)
    assert not any("annotations" in graph for graph in graphs)


def test_each_table_and_source_has_its_line_and_its_objective(tmp_path: Path) -> None:
    (body,) = bodies(given_job(tmp_path, writes=[written("a", "20s"), written("b", "1 min")]))
    of = {widget["properties"].get("title", ""): widget["properties"] for widget in body["widgets"]}
    age = of["Seconds since the last commit"]
    assert [line[5] for line in age["metrics"]] == ["iceberg_orders.a", "iceberg_orders.b"]
    assert [each["value"] for each in age["annotations"]["horizontal"]] == [20, 60]
    lag = next(properties for title, properties in of.items() if title.startswith("Lag"))
    assert {line[5] for line in lag["metrics"]} == {"orders", "the shipments"}


def test_expressions_use_what_their_graph_has(tmp_path: Path) -> None:
    (body,) = bodies(given_job(tmp_path))
    expressions = 0
    for widget in body["widgets"]:
        metrics: list[Any] = widget["properties"].get("metrics", [])
        ids = {line[-1]["id"] for line in metrics if "id" in line[-1]}
        for line in metrics:
            if "expression" in line[0]:
                assert set(re.findall(r"[a-z]\w*", line[0]["expression"])) <= ids
                expressions += 1
    assert expressions == 2


def test_widgets_lie_side_by_side(tmp_path: Path) -> None:
    (body,) = bodies(given_job(tmp_path, "one"), given_job(tmp_path, "two", writes=[written("c")]))
    taken: set[tuple[int, int]] = set()
    for widget in body["widgets"]:
        cells = {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        assert max(x for x, _ in cells) < 24
        assert not cells & taken
        taken |= cells


def test_the_state_of_every_job_is_on_top(tmp_path: Path) -> None:
    (body,) = bodies(given_job(tmp_path))
    top = body["widgets"][0]
    assert (top["type"], top["y"]) == ("alarm", 0)
    assert FRONT + alarm_name("dev", "copy", "not-delivering") in top["properties"]["alarms"]
    assert FRONT + alarm_name("dev", "no-metrics") in top["properties"]["alarms"]


def test_many_jobs_have_more_dashboards_none_of_them_too_large(tmp_path: Path) -> None:
    jobs = [given_job(tmp_path, f"job-{number:03}", writes=[written(f"t{number}")]) for number in range(2 * ROWS + 1)]
    found = bodies(*jobs)
    assert len(found) == 3
    for body in found:
        assert len(body["widgets"]) <= 500
        assert len(lines(body)) <= METRICS
        assert len(body["widgets"][0]["properties"]["alarms"]) <= 100
    titles = [
        widget["properties"]["markdown"] for body in found for widget in body["widgets"] if widget["type"] == "text"
    ]
    assert [title.split("**")[1] for title in titles] == [job.name for job in jobs]


def test_jobs_with_many_tables_need_more_dashboards(tmp_path: Path) -> None:
    many = [
        given_job(tmp_path, f"job-{job}", writes=[written(f"t{job}_{table}") for table in range(200)])
        for job in range(8)
    ]
    found = bodies(*many)
    assert len(found) == 2
    assert all(len(lines(body)) <= METRICS for body in found)


def test_dashboards_are_called_for_their_stack(tmp_path: Path) -> None:
    job = given_job(tmp_path)
    cloud = deploy(lambda: Dashboards("jobs", [job], region="eu-west-1", account_id="123456789012", partition="aws"))
    (made,) = cloud.program.of_kind("Dashboard")
    assert made.inputs["dashboardName"] == "flink-lakehouse-test"
    assert json.loads(made.inputs["dashboardBody"])["widgets"]
