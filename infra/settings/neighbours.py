"""What several stacks of one project can't all have: the settings of an AWS account in a region."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from infra.settings.names import AccountId, Region
from infra.validation import WrongAt


class _Aws(BaseModel):
    region: str
    account: str | None = None


class _Access(BaseModel):
    owns_account_settings: bool = False


class _Neighbour(BaseModel):
    """As much of another stack's settings as concerns this one."""

    aws: _Aws
    access: _Access = _Access()


def check_claim(region: Region, account: AccountId | None, *, key: str, this: Path) -> None:
    """Raise `WrongAt` when another stack file beside `this` claims the account's settings in the same region too.

    `key` is where settings stand in a file's `config`. Accounts that nobody wrote down may be the same one.
    """
    for file, other in _others(key, this):
        differs = account and other.aws.account and other.aws.account != account
        if other.access.owns_account_settings and other.aws.region == region and not differs:
            raise WrongAt(
                ("access", "owns_account_settings"),
                f"{file.name} owns the account's Lake Formation settings in {region} too, and each would undo the "
                "other's; keep it in one of them, or write in both which aws.account is theirs",
            )


def _others(key: str, this: Path) -> Iterator[tuple[Path, _Neighbour]]:
    for file in sorted(this.parent.glob("Pulumi.*.yaml")):
        if file == this:
            continue
        try:
            document: Any = yaml.safe_load(file.read_text())
            yield file, _Neighbour.model_validate(document["config"][key])
        except (yaml.YAMLError, KeyError, TypeError, ValidationError):
            # Not this stack's mistake: whoever deploys that one is told.
            continue
