"""IAM policies: each names what may be done, and to what."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from policy.resources import Resource, at, each
from policy.rules import Finding, ResourceRule

UNSCOPED = {
    "athena:ListDataCatalogs": "names alone, which a client's menu shows",
    "athena:ListWorkGroups": "names alone, which a client's menu shows",
    "cloudwatch:PutMetricData": "a metric is no resource; the statement's condition names the namespace",
    "ecr:GetAuthorizationToken": "the token is for the registry as a whole; what it opens is up to other actions",
    "lakeformation:GetDataAccess": "Lake Formation's own grants decide, table by table",
}
"""Actions that know no resource but '*' (Service Authorization Reference), as far as a lakehouse needs them, and why
that is harmless."""

_CONDITIONS = {"cloudwatch:PutMetricData": "cloudwatch:namespace"}
"""Conditions without which an unscoped action is too wide."""

_RESOURCE_IS_ITSELF = ("aws:kms/key:Key", "aws:kms/keyPolicy:KeyPolicy", "aws:secretsmanager/secretPolicy:SecretPolicy")
"""In whose policies '*' is what the policy is attached to (KMS developer guide: "Key policies"; Secrets Manager user
guide: "Resource-based policies")."""

_ROOT = re.compile(r"arn:[\w-]+:iam::\d+:root")
_WHOLE_SERVICE = re.compile(r"[*/:]+")
_WHOLE_KIND = re.compile(r"([\w-]+[/:])?[*/:]+")
_BROAD_MANAGED = re.compile(r".*(AdministratorAccess|PowerUserAccess|FullAccess)")

_LEAST_PRIVILEGE = (
    "whoever takes over a job or a pipeline can then do all of it "
    '(IAM user guide: "Security best practices", least privilege)'
)


def documents(resource: Resource) -> Iterator[dict[str, Any]]:
    """Every policy document among a resource's properties, whichever holds it, as JSON or as an object."""
    yield from _documents(resource.properties)


def _documents(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = json.loads(value)
        except ValueError:
            return
    if isinstance(value, dict):
        found = cast(dict[str, Any], value)
        if "Statement" in found:
            yield found
        else:
            for part in found.values():
                yield from _documents(part)
    elif isinstance(value, list):
        for part in cast(list[Any], value):
            yield from _documents(part)


def statements(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [statement for statement in each(document["Statement"]) if isinstance(statement, dict)]


def _wildcards(resource: Resource) -> Iterator[Finding]:
    if not resource.type.startswith("aws:"):
        return
    for document in documents(resource):
        for statement in statements(document):
            if statement.get("Effect") == "Allow":
                where = f"statement '{statement['Sid']}'" if "Sid" in statement else "a statement"
                for wrong, remedy in _too_wide(resource, statement):
                    yield Finding(f"In {where} {wrong}", _LEAST_PRIVILEGE, remedy)
    for arn in (resource.at("policyArn"), *each(resource.at("managedPolicyArns"))):
        if isinstance(arn, str) and _BROAD_MANAGED.fullmatch(arn):
            yield Finding(f"The policy {arn} is attached", _LEAST_PRIVILEGE, "write a policy with the actions in use")


def _too_wide(resource: Resource, statement: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(what is wrong, what to do) of a statement that allows something."""
    for negated in ("NotAction", "NotResource", "NotPrincipal"):
        if negated in statement:
            yield f"{negated} allows everything but what it names", f"name what is allowed: {negated[3:]}"
    principals = statement.get("Principal")
    if not _is_key_owner(resource, principals):
        for action in each(statement.get("Action")):
            if isinstance(action, str) and re.search(r"[*?]", action):
                yield f"the action {action} is a wildcard", "list the actions in use"
    if _is_anyone(principals) and not statement.get("Condition"):
        yield "the principal is anyone", "name the principals, or add a condition that only yours fulfil"
    for arn in each(statement.get("Resource")):
        if isinstance(arn, str) and _is_everything(arn) and not _may_be_everything(resource, statement):
            yield (
                f"the resource {arn} is a wildcard",
                "name the resources by ARN, in a statement apart from the actions that have none (policy/identity.py: "
                "UNSCOPED)",
            )


def _is_key_owner(resource: Resource, principals: Any) -> bool:
    """The account's root in a key policy stands for the account's IAM policies, without which the key can become
    unmanageable (KMS developer guide: "Default key policy")."""
    arns = each(at(principals, "AWS"))
    return resource.type in _RESOURCE_IS_ITSELF[:2] and bool(arns) and all(_ROOT.fullmatch(str(arn)) for arn in arns)


def _is_anyone(principals: Any) -> bool:
    return principals == "*" or "*" in each(at(principals, "AWS"))


def _is_everything(arn: str) -> bool:
    """'*', every resource of a service, or every one of a kind: `arn:aws:glue:eu-west-1:1:table/*`."""
    if arn == "*":
        return True
    parts = arn.split(":", 5)
    # An S3 ARN's 'kind' is the bucket's name.
    pattern = _WHOLE_SERVICE if parts[2:3] == ["s3"] else _WHOLE_KIND
    return len(parts) == 6 and pattern.fullmatch(parts[5]) is not None


def _may_be_everything(resource: Resource, statement: Mapping[str, Any]) -> bool:
    if resource.type in _RESOURCE_IS_ITSELF:
        return statement.get("Resource") in ("*", ["*"])
    conditions = _condition_keys(statement)
    actions = each(statement.get("Action"))
    return bool(actions) and all(
        action in UNSCOPED and _CONDITIONS.get(action) in (None, *conditions) for action in actions
    )


def _condition_keys(statement: Mapping[str, Any]) -> list[str]:
    condition = statement.get("Condition")
    operators = cast(dict[str, Any], condition).values() if isinstance(condition, dict) else ()
    return [key for keys in operators if isinstance(keys, dict) for key in cast(dict[str, Any], keys)]


RULES = (
    ResourceRule(
        "wildcard-iam", "IAM policies allow named actions on named resources, to named principals.", _wildcards
    ),
)
