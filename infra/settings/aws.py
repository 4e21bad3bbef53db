"""`aws:` where the stack lives; or where AWS is played, for a laptop."""

from typing import Annotated, Self

from pydantic import StringConstraints, model_validator

from infra.settings.names import AccountId, Region
from infra.validation import Strict, WrongAt

PLAYED_KEY = "test"
"""Access key and secret in one: a played AWS takes any. LocalStack makes the account 000000000000 of this one."""

Url = Annotated[str, StringConstraints(pattern=r"^https?://")]


class AwsSettings(Strict):
    region: Region
    """The region of everything that the stack makes, like 'eu-west-1'."""
    account: AccountId | None = None
    """The only account that this stack may be deployed to; a guard against the wrong profile."""
    endpoint: Url | None = None
    """One endpoint for every AWS service, where AWS is played (the sandbox fills it in). None: AWS itself."""
    pod_endpoint: Url | None = None
    """The same endpoint as pods call it, where that differs."""

    @model_validator(mode="after")
    def _pods_and_we_ask_the_same(self) -> Self:
        if self.pod_endpoint and not self.endpoint:
            raise WrongAt(("pod_endpoint",), "no effect without endpoint: pods ask AWS itself; remove it")
        return self

    @property
    def from_pods(self) -> str | None:
        """The endpoint that pods ask; None: AWS itself."""
        return self.pod_endpoint or self.endpoint

    @property
    def pod_keys(self) -> dict[str, str]:
        """By which pods log in where AWS is played: no agent brings them a role's credentials, and these open
        nothing."""
        if self.endpoint is None:
            return {}
        return {"AWS_ACCESS_KEY_ID": PLAYED_KEY, "AWS_SECRET_ACCESS_KEY": PLAYED_KEY}
