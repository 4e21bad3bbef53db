"""The played AWS has every operation by which the provider makes, reads and removes what the stack `local` declares."""

import runpy
from importlib import import_module
from typing import Any

from moto.core.utils import camelcase_to_underscores

from sandbox.cloud import DeclaredOnly
from sandbox.program import run_program
from tests.declared import PROJECT

_TAGS = "ListTagsForResource"
OPERATIONS: dict[str, tuple[str, str]] = {
    "aws:athena/namedQuery:NamedQuery": ("athena", "CreateNamedQuery GetNamedQuery DeleteNamedQuery"),
    "aws:athena/workgroup:Workgroup": (
        "athena",
        f"CreateWorkGroup GetWorkGroup UpdateWorkGroup DeleteWorkGroup {_TAGS}",
    ),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": (
        "cloudwatch",
        f"PutCompositeAlarm DescribeAlarms DeleteAlarms {_TAGS}",
    ),
    "aws:cloudwatch/dashboard:Dashboard": ("cloudwatch", "PutDashboard GetDashboard DeleteDashboards"),
    "aws:cloudwatch/logGroup:LogGroup": (
        "logs",
        f"CreateLogGroup DescribeLogGroups PutRetentionPolicy DeleteLogGroup {_TAGS}",
    ),
    "aws:cloudwatch/metricAlarm:MetricAlarm": ("cloudwatch", f"PutMetricAlarm DescribeAlarms DeleteAlarms {_TAGS}"),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": (
        "eks",
        "CreatePodIdentityAssociation DescribePodIdentityAssociation UpdatePodIdentityAssociation "
        "DeletePodIdentityAssociation",
    ),
    "aws:glue/catalogDatabase:CatalogDatabase": (
        "glue",
        "CreateDatabase GetDatabase UpdateDatabase DeleteDatabase GetTags",
    ),
    "aws:glue/catalogTableOptimizer:CatalogTableOptimizer": (
        "glue",
        "CreateTableOptimizer GetTableOptimizer UpdateTableOptimizer DeleteTableOptimizer",
    ),
    "aws:iam/role:Role": (
        "iam",
        "CreateRole GetRole UpdateAssumeRolePolicy ListRolePolicies ListAttachedRolePolicies "
        "ListInstanceProfilesForRole DeleteRole",
    ),
    "aws:iam/rolePolicy:RolePolicy": ("iam", "PutRolePolicy GetRolePolicy DeleteRolePolicy"),
    "aws:kms/alias:Alias": ("kms", "CreateAlias ListAliases DeleteAlias"),
    "aws:kms/key:Key": (
        "kms",
        "CreateKey DescribeKey GetKeyPolicy GetKeyRotationStatus EnableKeyRotation ListResourceTags "
        "ScheduleKeyDeletion",
    ),
    "aws:lakeformation/lfTag:LfTag": ("lakeformation", "CreateLFTag GetLFTag UpdateLFTag DeleteLFTag"),
    "aws:lakeformation/optIn:OptIn": (
        "lakeformation",
        "CreateLakeFormationOptIn ListLakeFormationOptIns DeleteLakeFormationOptIn",
    ),
    "aws:lakeformation/permissions:Permissions": (
        "lakeformation",
        "GrantPermissions ListPermissions RevokePermissions",
    ),
    "aws:lakeformation/resource:Resource": ("lakeformation", "RegisterResource DescribeResource DeregisterResource"),
    "aws:lakeformation/resourceLfTag:ResourceLfTag": (
        "lakeformation",
        "AddLFTagsToResource GetResourceLFTags RemoveLFTagsFromResource",
    ),
    "aws:s3/bucket:Bucket": ("s3control", "ListTagsForResource TagResource UntagResource"),
    "aws:scheduler/schedule:Schedule": ("scheduler", "CreateSchedule GetSchedule UpdateSchedule DeleteSchedule"),
    "aws:sfn/stateMachine:StateMachine": (
        "stepfunctions",
        "ValidateStateMachineDefinition CreateStateMachine DescribeStateMachine UpdateStateMachine DeleteStateMachine "
        f"{_TAGS}",
    ),
    "aws:sns/topic:Topic": ("sns", f"CreateTopic GetTopicAttributes SetTopicAttributes DeleteTopic {_TAGS}"),
    "aws:ssm/parameter:Parameter": (
        "ssm",
        "PutParameter DescribeParameters GetParameter ListTagsForResource AddTagsToResource DeleteParameter",
    ),
    "aws:sns/topicPolicy:TopicPolicy": ("sns", "GetTopicAttributes SetTopicAttributes"),
}
"""The service and its operations. Of S3 proper moto has all: tests/sandbox/test_provision.py makes buckets by it."""


def test_every_operation_is_there() -> None:
    run = run_program(PROJECT, "local", DeclaredOnly("eu-west-1"))
    types = {each.type for each in run.resources if each.type.startswith("aws:")}
    of_s3 = {each for each in types if each.startswith("aws:s3/")}
    unknown = types - of_s3 - OPERATIONS.keys()
    assert not unknown, f"say by which operations these are made, and see that the played AWS has them: {unknown}"
    added: dict[Any, Any] = runpy.run_path(str(PROJECT / "local" / "aws" / "gaps.py"))["_OPERATIONS"]
    missing = [
        f"{service} {operation}"
        for type_, (service, operations) in OPERATIONS.items()
        if type_ in types
        for operation in operations.split()
        if not _has(service, camelcase_to_underscores(operation), added)
    ]
    assert not missing


def _has(service: str, method: str, added: dict[Any, Any]) -> bool:
    module = import_module(f"moto.{service}.responses")
    responses: list[Any] = [
        each for name, each in vars(module).items() if name.endswith("Response") and each.__module__ == module.__name__
    ]
    return any(
        hasattr(response, method) or method in {each.__name__ for each in added.get(response, ())}
        for response in responses
    )
