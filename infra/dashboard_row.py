"""The row of one job on a dashboard: widgets as CloudWatch writes them."""

from collections.abc import Mapping, Sequence
from typing import Any

from infra.alarms import objective
from infra.change_sources import sources
from infra.jobs import Job
from infra.metrics import (
    BACKPRESSURE,
    CHECKPOINT_DURATION,
    CHECKPOINTS,
    COMMIT_DURATION,
    FAILED_CHECKPOINTS,
    JOBMANAGER_HEAP_MAX,
    JOBMANAGER_HEAP_USED,
    LAG,
    PENDING,
    RESTARTS,
    RUNNING,
    SINCE_COMMIT,
    SOURCE_RATE,
    TASKMANAGER_HEAP_MAX,
    TASKMANAGER_HEAP_USED,
    Metric,
    namespace_of,
)
from infra.topic_sources import topic_sources
from infra.units import seconds

WIDTH = 24
"""Of a dashboard, in its grid."""
HEIGHT = 7
"""Of a row."""
_TITLE_HEIGHT = 1
_GRAPHS = 6

Line = list[Any]
"""A metric without its namespace, or an expression over others."""


def row(job: Job, *, stack: str, region: str) -> list[dict[str, Any]]:
    """A title and graphs, side by side; `y` counts from the row's own top."""
    of_job = {"job_name": job.name}
    tables = [{**of_job, "table": f"{table.database}.{table.name}"} for table in job.tables]
    topics = [{**of_job, "source": source} for source in topic_sources(job)]
    read = [*[{**of_job, "source": source} for source in sources(job)], *topics]
    limit = objective(job)
    objectives = {f"objective of {table.name}": seconds(table.write.freshness) for table in job.tables}
    graphs = [
        _graph("Seconds since the last commit", [_line(SINCE_COMMIT, table) for table in tables], objectives),
        _graph("Milliseconds of the last commit", [_line(COMMIT_DURATION, table) for table in tables]),
        _graph(
            "Checkpoints, and their milliseconds (right)",
            [
                _line(CHECKPOINTS, of_job, label="completed", stat="Sum"),
                _line(FAILED_CHECKPOINTS, of_job, label="failed", stat="Sum"),
                _line(CHECKPOINT_DURATION, of_job, label="duration", right=True),
            ],
        ),
        _graph(
            "Lag of sources in milliseconds, changes a second and waiting records (right)",
            [
                *[_line(LAG, source) for source in read],
                *[_line(SOURCE_RATE, source, label=f"{source['source']}, rate", right=True) for source in read],
                *[_line(PENDING, topic, label=f"{topic['source']}, waiting", right=True) for topic in topics],
            ],
            {"objective": limit * 1000} if limit is not None else None,
        ),
        _graph(
            "Restarts, running or not, and backpressure in ms/s (right)",
            [
                _line(RESTARTS, of_job, label="restarts", stat="Sum"),
                _line(RUNNING, of_job, label="running", stat="Minimum"),
                _line(BACKPRESSURE, of_job, label="backpressure", right=True),
            ],
        ),
        _graph("Heap in use, in percent", _heap(of_job)),
    ]
    # A job without tables has no commits to show.
    shown = [graph for graph in graphs if graph["metrics"]]
    return [_title(job), *[_placed(graph, index, namespace_of(stack), region) for index, graph in enumerate(shown)]]


def _title(job: Job) -> dict[str, Any]:
    text = f"**{job.name}** · {job.manifest.owner} · {job.manifest.description}"
    return {
        "type": "text",
        **{"x": 0, "y": 0, "width": WIDTH, "height": _TITLE_HEIGHT},
        "properties": {"markdown": text, "background": "transparent"},
    }


def _placed(graph: dict[str, Any], index: int, namespace: str, region: str) -> dict[str, Any]:
    width = WIDTH // _GRAPHS
    lines = [[namespace, *line] if isinstance(line[0], str) else line for line in graph["metrics"]]
    return {
        "type": "metric",
        **{"x": index * width, "y": _TITLE_HEIGHT, "width": width, "height": HEIGHT - _TITLE_HEIGHT},
        "properties": {**graph, "region": region, "metrics": lines},
    }


def _graph(title: str, lines: Sequence[Line], limits: Mapping[str, float] | None = None) -> dict[str, Any]:
    horizontal = [{"label": label, "value": value} for label, value in (limits or {}).items()]
    return {
        "title": title,
        "view": "timeSeries",
        "period": 60,
        "metrics": list(lines),
        "yAxis": {"left": {"min": 0}, "right": {"min": 0}},
        **({"annotations": {"horizontal": horizontal}} if horizontal else {}),
    }


def _line(
    metric: Metric,
    dimensions: Mapping[str, str],
    *,
    label: str | None = None,
    stat: str = "Maximum",
    right: bool = False,
    hidden_as: str | None = None,
) -> Line:
    """`hidden_as`: not drawn, and what expressions call it."""
    options: dict[str, Any] = {"stat": stat, "label": label or list(dimensions.values())[-1]}
    if right:
        options["yAxis"] = "right"
    if hidden_as:
        options |= {"id": hidden_as, "visible": False}
    flat = [part for pair in dimensions.items() for part in pair]
    return [metric.name, *flat, options]


def _heap(of_job: Mapping[str, str]) -> list[Line]:
    return [
        [{"expression": "100 * jm_used / jm_max", "label": "JobManager"}],
        [{"expression": "100 * tm_used / tm_max", "label": "TaskManagers, the fullest"}],
        _line(JOBMANAGER_HEAP_USED, of_job, hidden_as="jm_used"),
        _line(JOBMANAGER_HEAP_MAX, of_job, hidden_as="jm_max"),
        _line(TASKMANAGER_HEAP_USED, of_job, hidden_as="tm_used"),
        _line(TASKMANAGER_HEAP_MAX, of_job, hidden_as="tm_max"),
    ]
