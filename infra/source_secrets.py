"""The Secrets Manager entries of the stack's sources: looked up by name, their values never read here."""

import re
from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from infra.errors import ConfigurationError
from infra.settings import PROJECT, SourceSettings, stack_file


def check_secrets(sources: Mapping[str, SourceSettings], provider: aws.Provider) -> None:
    """Fail the preview, not the running job, when an entry does not exist: raises `ConfigurationError`."""
    for name, source in sources.items():
        is_arn = source.secret.startswith("arn:")
        try:
            aws.secretsmanager.get_secret(
                arn=source.secret if is_arn else None,
                name=None if is_arn else source.secret,
                opts=pulumi.InvokeOptions(provider=provider),
            )
        except Exception as error:
            raise ConfigurationError(
                f"{stack_file(pulumi.get_stack())}: {PROJECT}:settings.sources.{name}.secret: "
                f"cannot find '{source.secret}' in Secrets Manager:\n  {_cause(error)}\n"
                "create the entry (JSON with host, port, username, password), or correct the name"
            ) from None


def _cause(error: Exception) -> str:
    """The provider's words without Pulumi's around them."""
    return re.sub(r"^.*failed: | \(\)$", "", str(error).strip().splitlines()[-1].strip())
