"""parliament on every IAM policy that the program declares: for roles, buckets, keys, and whatever else takes one."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.consumers.consumed import consume
from tests.declared import STACKS
from tests.scanners import skips
from tests.scanners.findings import Finding, check
from tests.scanners.policies import policies
from tests.scanners.scanner import run
from tests.test_program import program

_AUDIT = Path(__file__).with_name("audit_policies.py")
_USER = "arn:aws:iam::123456789012:user/one"
_HAVE_POLICIES = {"BucketPolicy", "Policy", "QueuePolicy", "Role", "RolePolicy", "TopicPolicy"}


def audit(documents: Sequence[tuple[str, dict[str, Any]]]) -> list[Finding]:
    told = run("parliament", "python", "-I", _AUDIT, given=json.dumps(documents))
    return [Finding(found["issue"], found["where"], found["detail"]) for found in json.loads(told)]


def test_no_policy_has_a_finding_without_a_reason() -> None:
    programs = {stack: program(stack) for stack in STACKS} | {"analytics": consume().program}
    documents = [(f"{name}/{each.where}", each.document) for name, run in programs.items() for each in policies(run)]
    check(audit(documents), skips.PARLIAMENT)


@pytest.mark.parametrize("stack", STACKS)
def test_every_resource_that_holds_a_policy_was_looked_at(stack: str) -> None:
    resources = [each for each in program(stack).resources if each.type.startswith("aws:")]
    expected = {f"{each.type}/{each.name}" for each in resources if each.kind in _HAVE_POLICIES}
    assert len(expected) >= 3
    assert expected <= {each.where.rpartition(".")[0] for each in policies(program(stack))}


def test_what_a_policy_must_not_hold_is_found() -> None:
    expected = [
        ("s3:GetObject", "arn:aws:s3:::bucket", {"RESOURCE_MISMATCH"}),
        ("s3:GetObjekt", "arn:aws:s3:::bucket/*", {"UNKNOWN_ACTION"}),
        ("glue:GetTable", "*", {"RESOURCE_STAR"}),
        ("glue:GetTables", "arn:aws:glue:table", {"INVALID_ARN"}),
        ("ec2:CreateTags", "*", {"NARROWER_RESOURCE"}),
        ("iam:PutUserPolicy", _USER, {"PERMISSIONS_MANAGEMENT_ACTIONS", "PRIVILEGE_ESCALATION"}),
        ("iam:GetUser", _USER, set[str]()),
    ]
    findings = audit(
        [
            (
                action,
                {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": action, "Resource": resource}},
            )
            for action, resource, _ in expected
        ]
    )
    for action, _, issues in expected:
        assert {finding.check for finding in findings if finding.where == action} == issues, action
