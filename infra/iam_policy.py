"""IAM policies as plain data, and roles that hold one."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

Statement = dict[str, Any]
Document = dict[str, Any]


def document(*statements: Statement) -> Document:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(sid: str, actions: Sequence[str], resources: Sequence[str]) -> Statement:
    return {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": list(resources)}


def trusted(
    service: str, actions: str | Sequence[str] = "sts:AssumeRole", *, condition: Mapping[str, Any] | None = None
) -> Document:
    """The trust policy of a role that an AWS service takes, like 'ec2.amazonaws.com'."""
    statement: Statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": actions if isinstance(actions, str) else list(actions),
    }
    return document(statement | ({"Condition": dict(condition)} if condition else {}))


def account_decides(root_arn: str) -> Statement:
    """Of a key's policy: leaves the say to IAM policies, as AWS's default key policy does; without it a key can become
    unmanageable. `root_arn`: of the account's root."""
    return {
        "Sid": "AccountDecidesByIam",
        "Effect": "Allow",
        "Principal": {"AWS": root_arn},
        "Action": "kms:*",
        "Resource": "*",
    }


@dataclass(frozen=True)
class GrantedRole:
    """A role with one inline policy."""

    role: aws.iam.Role
    policy: aws.iam.RolePolicy

    @property
    def arn(self) -> pulumi.Output[str]:
        """Known once the role can do its work."""
        return pulumi.Output.all(self.role.arn, self.policy.id).apply(lambda known: str(known[0]))


def granted_role(
    name: str,
    *,
    description: str,
    trust: pulumi.Input[Document],
    policy: pulumi.Input[Document],
    opts: pulumi.ResourceOptions,
) -> GrantedRole:
    """A role that `trust` says who may take, and that may do what `policy` says."""
    role = aws.iam.Role(name, description=description, assume_role_policy=_as_json(trust), opts=opts)
    return GrantedRole(role, aws.iam.RolePolicy(name, role=role.id, policy=_as_json(policy), opts=opts))


def _as_json(policy: pulumi.Input[Document]) -> pulumi.Input[str]:
    # What is known in a preview stays a plain value.
    return json.dumps(policy) if isinstance(policy, dict) else pulumi.Output.from_input(policy).apply(json.dumps)
