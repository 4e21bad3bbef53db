"""What a resource allows or denies, from whichever kind of policy it holds."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from policy.identity import documents, statements
from policy.resources import UNKNOWN, Resource, each
from review.values import SECRET, has_unknown

_RBAC = ("kubernetes:rbac.authorization.k8s.io/v1:Role", "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole")
_LAKE_FORMATION = "aws:lakeformation/permissions:Permissions"
_ATTACHMENTS = ("policyArn", "managedPolicyArns")
_HOLD_POLICIES = ("policy", "assumeRolePolicy", "inlinePolicies", "resourcePolicy")


@dataclass(frozen=True)
class Grant:
    """One action on one thing, and under which terms."""

    allows: bool
    action: str
    thing: str
    terms: str = ""
    """For whom and on which conditions, where the policy says so."""


def grants(resource: Resource) -> frozenset[Grant]:
    return frozenset(_grants(resource))


def is_unknown(resource: Resource) -> bool:
    """Whether a policy is there that can't be read: known only later, or secret."""
    values = [resource.properties.get(name) for name in _HOLD_POLICIES]
    if resource.type == _LAKE_FORMATION:
        return has_unknown(resource.properties)
    return any(value is UNKNOWN or value == SECRET for value in values)


def _grants(resource: Resource) -> Iterator[Grant]:
    for name in _HOLD_POLICIES:
        within = Resource(resource.type, resource.urn, resource.name, {name: resource.properties.get(name)})
        for document in documents(within):
            for statement in statements(document):
                yield from _of_statement(statement)
    for name in _ATTACHMENTS:
        for arn in each(resource.at(name)):
            yield Grant(True, "all that it says", arn if isinstance(arn, str) else "a policy that is unknown yet")
    if resource.type in _RBAC:
        yield from _of_rules(each(resource.at("rules")))
    if resource.type == _LAKE_FORMATION:
        yield from _of_lake_formation(resource)


def _of_statement(statement: Mapping[str, Any]) -> Iterator[Grant]:
    allows = statement.get("Effect") == "Allow"
    actions = _texts(statement, "Action", "NotAction")
    # A trust policy, and some resource policies, mean what they are attached to.
    things = _texts(statement, "Resource", "NotResource") or ["itself"]
    terms = {key: value for key, value in statement.items() if key in ("Principal", "NotPrincipal", "Condition")}
    text = json.dumps(terms, sort_keys=True, default=lambda _: "unknown") if terms else ""
    for action in actions:
        for thing in things:
            yield Grant(allows, action, thing, text)


def _texts(statement: Mapping[str, Any], name: str, negated: str) -> list[str]:
    found = ["unknown" if value is UNKNOWN else str(value) for value in each(statement.get(name))]
    excluded = [str(value) for value in each(statement.get(negated))]
    return [*found, *([f"all but {', '.join(excluded)}"] if excluded else [])]


def _of_rules(rules: list[Any]) -> Iterator[Grant]:
    for rule in rules:
        if isinstance(rule, dict):
            found = cast(dict[str, Any], rule)
            kinds = [*each(found.get("resources")), *each(found.get("nonResourceURLs"))]
            names = [f"/{name}" for name in each(found.get("resourceNames"))] or [""]
            for verb in each(found.get("verbs")):
                for group in each(found.get("apiGroups")) or [""]:
                    for kind in kinds:
                        for name in names:
                            yield Grant(True, str(verb), f"{kind}{'.' if group else ''}{group}{name}")


def _of_lake_formation(resource: Resource) -> Iterator[Grant]:
    properties = resource.properties
    said = ("permissions", "permissionsWithGrantOptions", "principal", "catalogId", "region")
    on = {key: value for key, value in properties.items() if key not in said}
    thing = json.dumps(on, sort_keys=True, default=lambda _: "unknown")
    principal = "unknown" if properties.get("principal") is UNKNOWN else str(properties.get("principal"))
    for name, also in (("permissions", ""), ("permissionsWithGrantOptions", " and may grant it")):
        for permission in each(properties.get(name)):
            yield Grant(True, f"lakeformation:{permission}{also}", thing, f"for {principal}")
