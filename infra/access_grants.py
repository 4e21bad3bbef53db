"""Who may read what, by LF-Tags."""

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from infra.access_rules import Expression
from infra.settings.access import AccessSettings, GrantSettings

_READ = {"DATABASE": ["DESCRIBE"], "TABLE": ["SELECT", "DESCRIBE"]}


class TagGrants(pulumi.ComponentResource):
    """Read access for teams and other accounts to every table that carries the tags, present and future.

    Another account gets it with the right to pass it on to its own people, and sees the tags by which it does so.
    """

    def __init__(
        self,
        name: str,
        settings: AccessSettings,
        *,
        teams: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`teams`: name → the team's role, by ARN."""
        super().__init__("lakehouse:index:TagGrants", name, None, opts)
        self._name = name
        self._settings = settings
        for grant in _distinct(settings.grants):
            principal = grant.account if grant.account is not None else teams[str(grant.team)]
            self._grant(grant, principal)
        for account, tags in _shared_tags(settings.grants).items():
            for tag, values in tags.items():
                aws.lakeformation.Permissions(
                    f"{name}-{account}-tag-{tag}",
                    principal=account,
                    permissions=["DESCRIBE"],
                    permissions_with_grant_options=["DESCRIBE"],
                    lf_tag=aws.lakeformation.PermissionsLfTagArgs(key=self._key(tag), values=values),
                    opts=pulumi.ResourceOptions(parent=self),
                )
        self.register_outputs({})

    def _grant(self, grant: GrantSettings, principal: pulumi.Input[str]) -> None:
        expressions = [
            aws.lakeformation.PermissionsLfTagPolicyExpressionArgs(key=self._key(tag), values=sorted(values))
            for tag, values in sorted(grant.tags.items())
        ]
        for resource_type, permissions in _READ.items():
            aws.lakeformation.Permissions(
                f"{self._name}-{_identity(grant)}-{resource_type.lower()}",
                principal=principal,
                permissions=permissions,
                permissions_with_grant_options=permissions if grant.account else None,
                lf_tag_policy=aws.lakeformation.PermissionsLfTagPolicyArgs(
                    resource_type=resource_type, expressions=expressions
                ),
                opts=pulumi.ResourceOptions(parent=self),
            )

    def _key(self, tag: str) -> str:
        return self._settings.tags[tag].key or tag


def _identity(grant: GrantSettings) -> str:
    """What Lake Formation knows a grant by: its place in the list may change without it being another one."""
    return f"{grant.team or grant.account}-{_as_text(grant.tags)}"


def _as_text(expression: Expression) -> str:
    return ",".join(f"{tag}={'|'.join(sorted(values))}" for tag, values in sorted(expression.items()))


def _distinct(grants: Sequence[GrantSettings]) -> list[GrantSettings]:
    return list({_identity(grant): grant for grant in grants}.values())


def _shared_tags(grants: Sequence[GrantSettings]) -> dict[str, dict[str, list[str]]]:
    """Each account → the tags, and of each the values, that its grants speak of."""
    shared: dict[str, dict[str, list[str]]] = {}
    for grant in grants:
        if grant.account is not None:
            tags = shared.setdefault(grant.account, {})
            for tag, values in grant.tags.items():
                tags[tag] = sorted({*tags.get(tag, []), *values})
    return shared
