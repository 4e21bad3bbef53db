"""A saved query that runs by itself: EventBridge Scheduler asks Athena, with nothing in between."""

import json

import pulumi
import pulumi_aws as aws

from consumers.analytics.promised import Place
from consumers.analytics.query_files import QueryFile
from consumers.analytics.settings import ReportSettings

_TRIES_SECONDS = 3600
"""For how long a start that fails is tried again; by default it would be a day, into the next report's time."""


class Report(pulumi.ComponentResource):
    """The result lies in the team's place, as `<id of the execution>.csv`; Athena's history of the workgroup names it
    by the query's first line."""

    def __init__(
        self,
        name: str,
        settings: ReportSettings,
        query: QueryFile,
        *,
        database: str,
        place: Place,
        role_arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`database`: where Athena looks for tables without one; `role_arn`: as which it asks."""
        super().__init__("lakehouse-analytics:index:Report", name, None, opts)
        asked = {
            "QueryString": query.sql,
            "WorkGroup": place.workgroup,
            "QueryExecutionContext": {"Catalog": place.catalog, "Database": database},
        }
        aws.scheduler.Schedule(
            name,
            description=query.description,
            schedule_expression=settings.schedule,
            schedule_expression_timezone=settings.timezone,
            flexible_time_window=aws.scheduler.ScheduleFlexibleTimeWindowArgs(
                mode="FLEXIBLE", maximum_window_in_minutes=15
            ),
            target=aws.scheduler.ScheduleTargetArgs(
                # A universal target: any action of the AWS SDK (EventBridge Scheduler user guide).
                arn=f"arn:{place.partition}:scheduler:::aws-sdk:athena:startQueryExecution",
                role_arn=role_arn,
                input=json.dumps(asked),
                retry_policy=aws.scheduler.ScheduleTargetRetryPolicyArgs(maximum_event_age_in_seconds=_TRIES_SECONDS),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
