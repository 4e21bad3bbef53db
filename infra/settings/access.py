"""`access:` who may read what, by Lake Formation; `teams:` the analysts, and how they query."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from infra.settings.names import AccountId, LfTagText, Name, Once, PrincipalArn
from infra.validation import Strict, WrongAt

MOST_VALUES = 50
"""Values of one tag in a permission (Lake Formation API: TagValueList)."""

_MOST_TRUST = 1_900
"""Characters of ARNs that fit into a trust policy (IAM quotas: 2,048), beside the rest of it."""


class TagSettings(Strict):
    """An LF-Tag."""

    key: LfTagText | None = None
    """Its key in Lake Formation, if not as it is called here. LF-Tags are one per account and region: stacks that share
    one differ here."""
    values: Annotated[list[LfTagText], Field(min_length=1, max_length=1000), Once]


class GrantSettings(Strict):
    """Read access to every table that carries the tags, present and future."""

    team: Name | None = None
    """A team of `teams`."""
    account: AccountId | None = None
    """Another AWS account, whose Lake Formation administrators pass it on."""
    tags: dict[Name, Annotated[list[LfTagText], Field(min_length=1, max_length=MOST_VALUES), Once]] = Field(
        min_length=1
    )
    """The tag expression: of each tag, one of these values."""

    @model_validator(mode="after")
    def _one_grantee(self) -> Self:
        if (self.team is None) == (self.account is None):
            raise ValueError("a grant is to a team or to an account: give one of both")
        return self


class AccessSettings(Strict):
    mode: Literal["hybrid", "full"] = "hybrid"
    """`hybrid`: Lake Formation decides for the teams, IAM for jobs and for all else that the account has. `full`: Lake
    Formation decides for everybody; for accounts that are used to it."""
    owns_account_settings: bool = False
    """Whether this stack sets the account's Lake Formation settings in its region (administrators, no default grants to
    IAM): for one stack at most. They stay as they are when the stack is destroyed."""
    admins: Annotated[list[PrincipalArn], Field(max_length=29), Once] = []
    """Lake Formation administrators beside the one that deploys (with it, 30 at most); only with
    owns_account_settings."""
    tags: dict[Name, TagSettings] = {}
    """The LF-Tags that the stack makes, by the name that databases, job.yaml and grants call them."""
    grants: list[GrantSettings] = []

    @model_validator(mode="after")
    def _shares_fit(self) -> Self:
        """An account is also shown the tags by which it got something, with all of their values in one permission."""
        shown: dict[tuple[str, str], set[str]] = {}
        for index, grant in enumerate(self.grants):
            for tag, values in grant.tags.items() if grant.account else ():
                of_account = shown.setdefault((str(grant.account), tag), set())
                of_account.update(values)
                if len(of_account) > MOST_VALUES:
                    problem = (
                        f"with this the account {grant.account} would get {len(of_account)} values of the tag, and "
                        f"Lake Formation shows it {MOST_VALUES} at most; grant by a tag with fewer values"
                    )
                    raise WrongAt(("grants", index, "tags", tag), problem)
        return self

    @model_validator(mode="after")
    def _admins_need_ownership(self) -> Self:
        if self.admins and not self.owns_account_settings:
            raise ValueError(
                "admins has no effect without owns_account_settings: they are the account's, not the stack's"
            )
        return self


class TeamSettings(Strict):
    """Analysts: a role to assume, and an Athena workgroup of their own."""

    principals: Annotated[list[PrincipalArn], Once] = []
    """Roles and users who may assume the team's role; none: those of the account whom IAM allows to."""
    workgroup: Name | None = None
    """The Athena workgroup, if not called as the team; one per account, region and name."""
    scan_limit_gib: Annotated[int, Field(ge=1)] = 100
    """A query that would scan more is cancelled: at list price 100 GiB cost half a dollar, and a forgotten WHERE
    much more."""
    results_days: Annotated[int, Field(ge=1)] = 14
    """Days that query results are kept."""

    @model_validator(mode="after")
    def _principals_fit(self) -> Self:
        if sum(len(arn) + len('"", ') for arn in self.principals) > _MOST_TRUST:
            problem = (
                f"{len(self.principals)} are too many for a role's trust policy (IAM quotas: 2,048 characters); "
                "name one role that all of them assume"
            )
            raise WrongAt(("principals",), problem)
        return self
