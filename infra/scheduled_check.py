"""What looks after something regularly: a state machine, schedules that start it, and an alarm that it is not done."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import pulumi
import pulumi_aws as aws

from infra.alarms import alarm_name, description
from infra.iam_policy import Document, allow, document, granted_role, trusted

LARGEST_INPUT = 200 * 1024
"""Bytes of what one execution is started with (Step Functions guide, "Service quotas": 256 KiB), with room for what
comes to it on the way."""
_DAY = 86_400

Item = TypeVar("Item")


def scheduled_check(
    name: str,
    *,
    what: str,
    definition: Mapping[str, Any],
    role_arn: pulumi.Input[str],
    inputs: Sequence[pulumi.Output[str]],
    every_hours: int,
    unwatched: str,
    unwatched_says: str,
    topic: pulumi.Input[str],
    account_id: str,
    child: pulumi.ResourceOptions,
) -> None:
    """Declare all of it but the role of the check, which is a `service_role` of "states".

    `what`: it does, like 'Looks whether table optimizers work'; `definition`: in Amazon States Language; `inputs`: what
    executions are started with, a schedule each; `unwatched`, `unwatched_says`: title and text of the alarm when for a
    day none has succeeded, which `topic` hears of.
    """
    machine = aws.sfn.StateMachine(name, role_arn=role_arn, definition=json.dumps(definition, indent=2), opts=child)
    may_start = machine.arn.apply(lambda arn: document(allow("Start", ["states:StartExecution"], [arn])))
    starter = service_role(
        f"{name}-schedule",
        "scheduler",
        purpose=f"Starts what {what[0].lower()}{what[1:]}",
        policy=may_start,
        account_id=account_id,
        child=child,
    )
    for number, given in enumerate(inputs, start=1):
        aws.scheduler.Schedule(
            name if number == 1 else f"{name}-{number}",
            description=what,
            schedule_expression=f"rate({every_hours} hour{'s' * (every_hours > 1)})",
            flexible_time_window={"mode": "FLEXIBLE", "maximum_window_in_minutes": 30},
            target={"arn": machine.arn, "role_arn": starter, "input": given},
            opts=child,
        )
    aws.cloudwatch.MetricAlarm(
        name,
        name=alarm_name(pulumi.get_stack(), unwatched),
        alarm_description=description(unwatched_says, unwatched),
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
        opts=child,
    )


def service_role(
    name: str,
    service: str,
    *,
    purpose: str,
    policy: pulumi.Output[Document],
    account_id: str,
    child: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    """The ARN of a role of an AWS service, once it may do its work."""
    return granted_role(
        name,
        description=purpose,
        # Only for what is of this account: AWS services act for every customer (IAM user guide: "The confused deputy
        # problem").
        trust=trusted(f"{service}.amazonaws.com", condition={"StringEquals": {"aws:SourceAccount": account_id}}),
        policy=policy,
        opts=child,
    ).arn


def in_turns(items: Sequence[Item], size: Callable[[Item], int], *, largest: int = LARGEST_INPUT) -> list[list[Item]]:
    """The items, in their order, in runs of at most `largest` bytes; one that is larger by itself is a run of its
    own."""
    turns: list[list[Item]] = []
    room = 0
    for item in items:
        if size(item) > room:
            turns.append([])
            room = largest
        turns[-1].append(item)
        room -= size(item)
    return turns
