"""Whether table optimizers do their work: Glue tells nobody when one fails, so it is asked.

Glue sends no event about optimizers ("AWS Glue events", EventBridge events reference), and its metrics and logs say
nothing of failures that could be relied on ("Viewing optimization metrics", Glue guide).
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from infra.alarms import OPTIMIZERS_UNWATCHED
from infra.jobs import Job, LakeTable
from infra.optimizer_check import LOOKS_EVERY_HOURS, check_definition, check_policy
from infra.scheduled_check import scheduled_check, service_role
from infra.settings.flink import PLATFORM
from infra.table_maintenance import OPTIMIZERS

TABLES_AT_ONCE = 300
"""Of one execution, whose input may have 256 KiB and whose history 25,000 events, some 170 bytes and 11 events for each
optimizer (Step Functions guide: "Service quotas")."""

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
        databases = sorted({table.database for job in jobs for table in job.tables})
        glue = f"arn:{partition}:glue:{region}:{account_id}"
        child = pulumi.ResourceOptions(parent=self)
        role = service_role(
            f"{name}-check",
            "states",
            purpose="Asks for the state of table optimizers",
            policy=pulumi.Output.all(topics=list(topics.values()), key=topics_key_arn).apply(
                lambda known: check_policy(databases, glue=glue, **known)
            ),
            account_id=account_id,
            child=child,
        )
        scheduled_check(
            name,
            what="Looks whether table optimizers work",
            definition=check_definition(pulumi.get_stack(), account_id),
            role_arn=role,
            inputs=_inputs(_owned(jobs), topics),
            every_hours=LOOKS_EVERY_HOURS,
            unwatched=OPTIMIZERS_UNWATCHED,
            unwatched_says=(
                "For a day nothing has looked whether table optimizers work: the check fails, or is not started."
            ),
            topic=topics[PLATFORM],
            account_id=account_id,
            child=child,
        )
        self.register_outputs({})


def _inputs(tables: Sequence[_OwnedTable], topics: Mapping[str, pulumi.Input[str]]) -> list[pulumi.Output[str]]:
    """Of as many executions as the tables need."""
    turns = [tables[first : first + TABLES_AT_ONCE] for first in range(0, len(tables), TABLES_AT_ONCE)]
    known_topics = pulumi.Output.all(**topics)
    return [known_topics.apply(lambda arns, some=some: json.dumps(_input(some, arns))) for some in turns]


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
