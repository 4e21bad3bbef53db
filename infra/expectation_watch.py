"""Whether tables are as their jobs promise: each is asked regularly, and its owner told when it is not."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from infra.access_jobs import READ, TableGrants
from infra.alarms import EXPECTATIONS_UNWATCHED
from infra.bucket import BucketNames
from infra.expectation_check import NOT_YET, check_definition, check_policy
from infra.expectation_sql import check_query, expectations_of, snapshots_query
from infra.jobs import Job, LakeTable
from infra.scheduled_check import in_turns, scheduled_check, service_role
from infra.settings.access import AccessSettings
from infra.settings.expectations import ExpectationSettings
from infra.settings.flink import PLATFORM
from infra.workgroup import athena_workgroup

RESULTS_DAYS = 7
"""That answers of checks are kept."""


class ExpectationWatch(pulumi.ComponentResource):
    """A schedule, and a state machine that asks Athena how each table keeps its expectations. For each table there is a
    parameter (Systems Manager) with the last snapshot that was found good: what to go back to. Comes after the jobs,
    which make the tables."""

    def __init__(
        self,
        name: str,
        settings: ExpectationSettings,
        jobs: Sequence[Job],
        *,
        access: AccessSettings,
        warehouse_arn: pulumi.Input[str],
        results: BucketNames,
        kms_key_arn: pulumi.Input[str],
        topics: Mapping[str, pulumi.Input[str]],
        topics_key_arn: pulumi.Input[str],
        region: str,
        account_id: str,
        partition: str,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`topics`: the ARN of each owner's; `topics_key_arn`: the key that encrypts them."""
        super().__init__("lakehouse:index:ExpectationWatch", name, None, opts)
        expected = expected_tables(jobs)
        if not expected:
            self.register_outputs({})
            return
        child = pulumi.ResourceOptions(parent=self)
        workgroup = checks_workgroup(pulumi.get_stack())
        made = athena_workgroup(
            name,
            workgroup=workgroup,
            description="Checks of what jobs promise of their tables",
            results_location=pulumi.Output.format("s3://{0}/{1}/", results.name, workgroup),
            scan_limit_gib=settings.scan_limit_gib,
            kms_key_arn=kms_key_arn,
            # A history of checks is nothing to keep the stack for.
            force_destroy=True,
            child=child,
        )
        role = service_role(
            f"{name}-check",
            "states",
            purpose="Asks tables how they keep what is promised of them",
            policy=pulumi.Output.all(
                warehouse=warehouse_arn,
                results=results.arn,
                topics=list(topics.values()),
                keys=[kms_key_arn, topics_key_arn],
            ).apply(
                lambda known: check_policy(
                    sorted({table.database for _, table in expected}),
                    workgroup=workgroup,
                    parameters=_parameter_name(""),
                    account=f"arn:{partition}:{{}}:{region}:{account_id}",
                    **known,
                )
            ),
            account_id=account_id,
            child=child,
        )
        tables = [table for _, table in expected]
        grants = TableGrants(name, access, role_arn=role, tables=tables, permissions=READ, opts=child)
        known = pulumi.Output.all(
            topics=dict(topics), parameters=[_last_good(name, table, child) for table in tables], workgroup=made
        )
        scheduled_check(
            name,
            what="Looks whether tables are as their jobs promise",
            definition=check_definition(pulumi.get_stack(), workgroup),
            role_arn=role,
            inputs=[
                known.apply(lambda known, turn=turn: json.dumps({"tables": _items(turn, known["topics"])}))
                for turn in in_turns(expected, _size)
            ],
            every_hours=settings.every_hours,
            unwatched=EXPECTATIONS_UNWATCHED,
            unwatched_says=(
                "For a day nothing has looked whether tables are as their jobs promise: the check fails, or is not "
                "started."
            ),
            topic=topics[PLATFORM],
            account_id=account_id,
            child=pulumi.ResourceOptions(parent=self, depends_on=[grants]),
        )
        self.register_outputs({})


def checks_workgroup(stack: str) -> str:
    """The Athena workgroup of checks."""
    return f"flink-lakehouse-{stack}-expectations"


def expected_tables(jobs: Sequence[Job]) -> list[tuple[Job, LakeTable]]:
    """Tables of which something is promised, and who writes them."""
    return [(job, table) for job in jobs for table in job.tables if expectations_of(table)]


def _last_good(name: str, table: LakeTable, child: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """The name of the parameter, once it is there. Its value is the check's."""
    return aws.ssm.Parameter(
        f"{name}-{table.database}-{table.name}",
        name=_parameter_name(_full_name(table)),
        description=f"The last snapshot of {_full_name(table)} that was found as promised",
        type="String",
        insecure_value=NOT_YET,
        opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(ignore_changes=["insecureValue", "value"])),
    ).name


def _parameter_name(table: str) -> str:
    return f"/flink-lakehouse/{pulumi.get_stack()}/last-good/{table}"


def _full_name(table: LakeTable) -> str:
    return f"{table.database}.{table.name}"


def _size(expected: tuple[Job, LakeTable]) -> int:
    """Bytes in the input, the longest ARN of a topic included."""
    return len(json.dumps(_item(*expected, topic="x" * 300, parameter="x" * 300)))


def _items(turn: Sequence[tuple[Job, LakeTable]], topics: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        _item(job, table, topic=topics[job.manifest.owner], parameter=_parameter_name(_full_name(table)))
        for job, table in turn
    ]


def _item(job: Job, table: LakeTable, *, topic: str, parameter: str) -> dict[str, Any]:
    """What a check has to know of a table (infra/expectation_check.py)."""
    return {
        "table": _full_name(table),
        "job": job.name,
        "owner": job.manifest.owner,
        "topic": topic,
        "parameter": parameter,
        "snapshots": snapshots_query(table, most=1),
        "check": check_query(table).parts,
    }
