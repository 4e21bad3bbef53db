"""What holds for the whole account: its Lake Formation settings, which one stack may own and the others must know."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from infra.catalog import IAM_ALLOWED_PRINCIPALS
from infra.errors import ConfigurationError
from infra.settings import KEY, PROJECT, stack_file
from infra.settings.access import AccessSettings

_VERSION = "CROSS_ACCOUNT_VERSION"
_SHARES_BY_TAG_AND_HYBRID = 4
"""The first version that shares what is in hybrid mode (Lake Formation developer guide: "Updating cross-account data
sharing version settings"). It can be raised, and from 5 not be lowered again."""

AccountState = aws.lakeformation.GetDataLakeSettingsResult


class AccessAccount(pulumi.ComponentResource):
    """The account's Lake Formation settings in the region, where the stack owns them; a check of them, where not.

    Databases and grants come after it: a database takes its default permissions from them, once, when it is made.
    """

    def __init__(
        self,
        name: str,
        settings: AccessSettings,
        *,
        deployer_arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`deployer_arn`: the role or user that deploys, which must be an administrator to grant anything."""
        super().__init__("lakehouse:index:AccessAccount", name, None, opts)
        owned: list[pulumi.Resource] = []
        if settings.owns_account_settings:
            owned.append(self._settings(name, settings, deployer_arn))
        if _needs_check(settings):
            stack = pulumi.get_stack()
            self._state(owned).apply(lambda state: check_account(settings, state, stack=stack))
        self.register_outputs({})

    def _settings(
        self, name: str, settings: AccessSettings, deployer_arn: pulumi.Input[str]
    ) -> aws.lakeformation.DataLakeSettings:
        return aws.lakeformation.DataLakeSettings(
            name,
            admins=pulumi.Output.from_input(deployer_arn).apply(lambda arn: sorted({arn, *settings.admins})),
            # No default permissions: left out, since that is what clears them, and an empty list is the same to the
            # provider (docs/access.md, "The trap").
            parameters=self._state([]).apply(
                lambda state: {_VERSION: str(max(_version(state), _SHARES_BY_TAG_AND_HYBRID))}
            ),
            # Other stacks live by them; the provider would leave the account without any administrator.
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
        )

    def _state(self, after: Sequence[pulumi.Resource]) -> pulumi.Output[AccountState]:
        return aws.lakeformation.get_data_lake_settings_output(
            opts=pulumi.InvokeOutputOptions(parent=self, depends_on=after)
        )


def _needs_check(settings: AccessSettings) -> bool:
    shares = any(grant.account for grant in settings.grants)
    return settings.mode == "full" or (shares and not settings.owns_account_settings)


def check_account(settings: AccessSettings, state: AccountState, *, stack: str) -> None:
    """Raise `ConfigurationError` where the account's settings would undo what the stack file says."""
    if settings.mode == "full":
        for what, defaults in (
            ("databases", state.create_database_default_permissions),
            ("tables", state.create_table_default_permissions),
        ):
            given = [entry for entry in defaults or () if entry.principal == IAM_ALLOWED_PRINCIPALS]
            if given:
                raise _wrong(
                    stack,
                    "mode",
                    f"the account gives IAMAllowedPrincipals all permissions on new {what}, so 'full' would protect "
                    f"nothing; {_remedy(settings)}",
                )
    shares = [index for index, grant in enumerate(settings.grants) if grant.account]
    if shares and _version(state) < _SHARES_BY_TAG_AND_HYBRID:
        raise _wrong(
            stack,
            f"grants[{shares[0]}].account",
            f"sharing by LF-Tag needs cross-account version {_SHARES_BY_TAG_AND_HYBRID}, and the account has "
            f"{_version(state)}; raise it in Lake Formation's Data Catalog settings, or set owns_account_settings in "
            "the one stack that may",
        )


def _version(state: AccountState) -> int:
    return int((state.parameters or {}).get(_VERSION, "1"))


def _remedy(settings: AccessSettings) -> str:
    if settings.owns_account_settings:
        return (
            "somebody turned that on again: 'pulumi up --replace' with the URN of the DataLakeSettings clears it "
            "(docs/access.md)"
        )
    where = "Lake Formation's Data Catalog settings"
    return f"turn that off in {where}, or set owns_account_settings in the one stack that may"


def _wrong(stack: str, path: str, problem: str) -> ConfigurationError:
    return ConfigurationError(f"{stack_file(stack)}: config.{PROJECT}:{KEY}.access.{path}: {problem}")
