"""Whether table optimizers do their work: Glue tells nobody when one fails, so it is asked.

Glue sends no event about optimizers ("AWS Glue events", EventBridge events reference), and its metrics and logs say
nothing of failures that could be relied on ("Viewing optimization metrics", Glue guide).
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.alarms import OPTIMIZERS_UNWATCHED, alarm_name, description
from infra.iam_policy import Document, allow, document, granted_role, trusted
from infra.jobs import Job, LakeTable
from infra.optimizer_check import LOOKS_EVERY_HOURS, check_definition, check_policy
from infra.settings.flink import PLATFORM
from infra.table_maintenance import OPTIMIZERS

TABLES_AT_ONCE = 300
"""Of one execution, whose input may have 256 KiB and whose history 25,000 events, some 170 bytes and 11 events for each
optimizer (Step Functions guide: "Service quotas")."""
_DAY = 86_400

_OwnedTable = tuple[LakeTable, str]


class OptimizerWatch(pulumi.ComponentResource):
    """A schedule, and a state machine that asks Glue for the last run of each optimizer and tells the owner of the
    table when it failed. Comes after the jobs: the first check, which is at once, finds every optimizer."""

    def __init__(
        self,
        name: str,
        jobs: Sequence[Job],
        *,
        topics: Mapping[str, pulumi.Input[str]],
        topics_key_arn: pulumi.Input[str],
        region: str,
        account_id: str,
        partition: str,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`topics`: the ARN of each owner's; `topics_key_arn`: the key that encrypts them."""
        super().__init__("lakehouse:index:OptimizerWatch", name, None, opts)
        self._name = name
        self._account_id = account_id
        child = pulumi.ResourceOptions(parent=self)
        databases = sorted({table.database for job in jobs for table in job.tables})
        glue = f"arn:{partition}:glue:{region}:{account_id}"
        policy = pulumi.Output.all(topics=list(topics.values()), key=topics_key_arn).apply(
            lambda known: check_policy(databases, glue=glue, **known)
        )
        role = self._role("check", "states.amazonaws.com", "Asks for the state of table optimizers", policy)
        machine = aws.sfn.StateMachine(
            name,
            role_arn=role,
            definition=json.dumps(check_definition(pulumi.get_stack(), account_id), indent=2),
            opts=child,
        )
        self._schedules(machine, _owned(jobs), topics)
        self._alarm(machine, topics[PLATFORM])
        self.register_outputs({})

    def _schedules(
        self, machine: aws.sfn.StateMachine, tables: Sequence[_OwnedTable], topics: Mapping[str, pulumi.Input[str]]
    ) -> None:
        start = machine.arn.apply(_start)
        role = self._role("schedule", "scheduler.amazonaws.com", "Starts the check of optimizers", start)
        known_topics = pulumi.Output.all(**topics)
        for number, first in enumerate(range(0, len(tables), TABLES_AT_ONCE), start=1):
            some = tables[first : first + TABLES_AT_ONCE]
            aws.scheduler.Schedule(
                self._name if number == 1 else f"{self._name}-{number}",
                description="Looks whether table optimizers work",
                schedule_expression=f"rate({LOOKS_EVERY_HOURS} hours)",
                flexible_time_window={"mode": "FLEXIBLE", "maximum_window_in_minutes": 30},
                target={
                    "arn": machine.arn,
                    "role_arn": role,
                    "input": known_topics.apply(lambda arns, some=some: json.dumps(_input(some, arns))),
                },
                opts=pulumi.ResourceOptions(parent=self),
            )

    def _role(self, part: str, service: str, purpose: str, policy: pulumi.Output[Document]) -> pulumi.Output[str]:
        """The ARN of a role of an AWS service, once it may do its work."""
        return granted_role(
            f"{self._name}-{part}",
            description=purpose,
            # Only for what is of this account: AWS services act for every customer (IAM user guide: "The confused
            # deputy problem").
            trust=trusted(service, condition={"StringEquals": {"aws:SourceAccount": self._account_id}}),
            policy=policy,
            opts=pulumi.ResourceOptions(parent=self),
        ).arn

    def _alarm(self, machine: aws.sfn.StateMachine, topic: pulumi.Input[str]) -> None:
        aws.cloudwatch.MetricAlarm(
            self._name,
            name=alarm_name(pulumi.get_stack(), OPTIMIZERS_UNWATCHED),
            alarm_description=description(
                "For a day nothing has looked whether table optimizers work: the check fails, or is not started.",
                OPTIMIZERS_UNWATCHED,
            ),
            namespace="AWS/States",
            metric_name="ExecutionsSucceeded",
            dimensions={"StateMachineArn": machine.arn},
            statistic="Sum",
            comparison_operator="LessThanThreshold",
            threshold=1,
            period=_DAY,
            evaluation_periods=1,
            treat_missing_data="breaching",
            alarm_actions=[topic],
            ok_actions=[topic],
            opts=pulumi.ResourceOptions(parent=self),
        )


def _owned(jobs: Sequence[Job]) -> list[_OwnedTable]:
    """Every table of the jobs, with its owner."""
    return [(table, job.manifest.owner) for job in jobs for table in job.tables]


def _input(tables: Sequence[_OwnedTable], topics: Mapping[str, str]) -> dict[str, Any]:
    """What a check is started with: every optimizer, and whom to tell of it."""
    return {
        "optimizers": [
            {"database": table.database, "table": table.name, "type": kind, "topic": topics[owner]}
            for table, owner in tables
            for kind in OPTIMIZERS
        ]
    }


def _start(machine_arn: str) -> Document:
    return document(allow("Start", ["states:StartExecution"], [machine_arn]))
