"""A job's alarms as resources."""

import pulumi
import pulumi_aws as aws

from infra.alarms import NOT_DELIVERING, Alarm, Series, alarm_name, alarms_of, description
from infra.jobs import Job
from infra.metrics import namespace_of


class JobAlarms(pulumi.ComponentResource):
    """What is wrong with a job, told to its owner, once it is and once it is over.

    What keeps a table from being up to date shows in several alarms: one over them notifies, and not while the
    metrics themselves are missing.
    """

    def __init__(
        self,
        job: Job,
        *,
        checkpoint_interval: float,
        topic_arn: pulumi.Input[str],
        unless: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`checkpoint_interval`: in seconds; `unless`: the name of the alarm that there are no metrics."""
        super().__init__("lakehouse:index:JobAlarms", job.name, None, opts)
        self._job = job.name
        self._topics = [topic_arn]
        made = [(alarm, self._alarm(alarm)) for alarm in alarms_of(job, checkpoint_interval=checkpoint_interval)]
        parts = [resource.name for alarm, resource in made if not alarm.at_once]
        aws.cloudwatch.CompositeAlarm(
            f"{job.name}-{NOT_DELIVERING}",
            alarm_name=alarm_name(pulumi.get_stack(), job.name, NOT_DELIVERING),
            alarm_description=description(
                f"The tables of the job {job.name} are not kept up to date: it commits too slowly, completes no "
                "checkpoint, or does not run. Which of these, the alarms below this one say.",
                NOT_DELIVERING,
            ),
            alarm_rule=pulumi.Output.all(*parts).apply(lambda names: " OR ".join(f'ALARM("{name}")' for name in names)),
            actions_suppressor={"alarm": unless, "wait_period": 180, "extension_period": 300},
            alarm_actions=self._topics,
            ok_actions=self._topics,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})

    def _alarm(self, alarm: Alarm) -> aws.cloudwatch.MetricAlarm:
        namespace = namespace_of(pulumi.get_stack())
        notified = self._topics if alarm.at_once else None
        return aws.cloudwatch.MetricAlarm(
            f"{self._job}-{alarm.title.replace('/', '-')}",
            name=alarm_name(pulumi.get_stack(), self._job, alarm.title),
            alarm_description=description(alarm.says, alarm.anchor),
            metric_queries=_queries(alarm, namespace),
            comparison_operator=alarm.comparison,
            threshold=alarm.threshold,
            evaluation_periods=alarm.of_periods,
            datapoints_to_alarm=alarm.periods,
            treat_missing_data=alarm.missing,
            alarm_actions=notified,
            ok_actions=notified,
            opts=pulumi.ResourceOptions(parent=self),
        )


def _queries(alarm: Alarm, namespace: str) -> list[aws.cloudwatch.MetricAlarmMetricQueryArgsDict]:
    queries = [
        _query(name, series, namespace, alarm.period, returned=alarm.expression is None)
        for name, series in alarm.series.items()
    ]
    if alarm.expression is not None:
        queries.append({"id": "value", "expression": alarm.expression, "label": alarm.title, "return_data": True})
    return queries


def _query(
    name: str, series: Series, namespace: str, period: int, *, returned: bool
) -> aws.cloudwatch.MetricAlarmMetricQueryArgsDict:
    return {
        "id": name,
        "metric": {
            "namespace": namespace,
            "metric_name": series.metric.name,
            "dimensions": series.dimensions,
            "stat": series.statistic,
            "period": period,
        },
        "return_data": returned,
    }
