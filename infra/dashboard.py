"""What a job does, to look at: a row for each, under the state of all alarms."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.alarms import EXPECTATIONS_UNWATCHED, NO_METRICS, NOT_DELIVERING, OPTIMIZERS_UNWATCHED, alarm_name
from infra.dashboard_row import HEIGHT, WIDTH, row
from infra.expectation_watch import expected_tables
from infra.jobs import Job

ROWS = 40
"""As many as one may scroll through; a dashboard could hold 500 widgets, and 100 alarms in one of them."""
METRICS = 2500
"""What a dashboard can hold (CloudWatch user guide: "CloudWatch service quotas")."""

_OF_PLATFORM = (NO_METRICS, OPTIMIZERS_UNWATCHED)


class Dashboards(pulumi.ComponentResource):
    """One dashboard, or as many as the jobs need."""

    def __init__(
        self,
        name: str,
        jobs: Sequence[Job],
        *,
        region: str,
        account_id: str,
        partition: str,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("lakehouse:index:Dashboards", name, None, opts)
        alarms = f"arn:{partition}:cloudwatch:{region}:{account_id}:alarm:"
        stack = pulumi.get_stack()
        for index, body in enumerate(dashboards(jobs, stack=stack, region=region, alarms=alarms), start=1):
            number = f"-{index}" if index > 1 else ""
            aws.cloudwatch.Dashboard(
                f"{name}{number}",
                dashboard_name=f"flink-lakehouse-{stack}{number}",
                dashboard_body=json.dumps(body),
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})


def dashboards(jobs: Sequence[Job], *, stack: str, region: str, alarms: str) -> Iterator[dict[str, Any]]:
    """The bodies of dashboards that hold all jobs (CloudWatch API: "Dashboard body structure and syntax"). `alarms`:
    the front of an alarm's ARN."""
    rows = [(job, row(job, stack=stack, region=region)) for job in jobs]
    while rows:
        count = _fitting([widgets for _, widgets in rows])
        yield _dashboard(rows[:count], stack, alarms)
        rows = rows[count:]


def _fitting(rows: Sequence[list[dict[str, Any]]]) -> int:
    """How many of the first rows fit into one dashboard."""
    metrics = 0
    for index, widgets in enumerate(rows[:ROWS]):
        metrics += sum(_metrics_in(widget) for widget in widgets)
        if index and metrics > METRICS:
            return index
    return min(len(rows), ROWS)


def _metrics_in(widget: dict[str, Any]) -> int:
    """Those that only an expression uses count too."""
    return sum(isinstance(line[0], str) for line in widget["properties"].get("metrics", []))


def _dashboard(rows: Sequence[tuple[Job, list[dict[str, Any]]]], stack: str, alarms: str) -> dict[str, Any]:
    names = [
        *[alarm_name(stack, title) for title in _OF_PLATFORM],
        *([alarm_name(stack, EXPECTATIONS_UNWATCHED)] if expected_tables([job for job, _ in rows]) else []),
        *[alarm_name(stack, job.name, NOT_DELIVERING) for job, _ in rows],
    ]
    # Six alarms stand side by side.
    top = 1 + 2 * -(-len(names) // 6)
    state = {
        "type": "alarm",
        **{"x": 0, "y": 0, "width": WIDTH, "height": top},
        "properties": {"title": "Jobs and platform", "alarms": [f"{alarms}{name}" for name in names]},
    }
    placed = [
        {**widget, "y": top + index * HEIGHT + widget["y"]}
        for index, (_, widgets) in enumerate(rows)
        for widget in widgets
    ]
    return {"widgets": [state, *placed]}
