"""The Secrets Manager entries that the stack file names: looked up by name, their values never read here."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.errors import words_of
from infra.settings import wrong_setting
from infra.settings.catalogs import CatalogSettings
from infra.settings.sources import SourceSettings


@dataclass(frozen=True)
class SecretEntry:
    """An entry that exists."""

    arn: str
    kms_key_arn: str | None
    """The key that encrypts it; None: Secrets Manager's own, which needs no grant."""


def find_entries(
    sources: Mapping[str, SourceSettings], catalogs: Mapping[str, CatalogSettings], provider: aws.Provider
) -> list[SecretEntry]:
    """Fail the preview, not the running job, when an entry does not exist: raises `ConfigurationError`."""
    found: list[SecretEntry] = []
    for name, source in sources.items():
        if source.engine != "kafka":
            path, content = f"sources.{name}.secret", "JSON with host, port, username, password"
            found.append(find_entry(source.secret, path=path, content=content, provider=provider))
        elif source.registry_secret:
            path, content = f"sources.{name}.registry_secret", "JSON with user_info, '<user>:<password>'"
            found.append(find_entry(source.registry_secret, path=path, content=content, provider=provider))
    for name, catalog in catalogs.items():
        if catalog.type == "jdbc":
            path, content = f"catalogs.{name}.secret", "JSON with host, port, username, password"
            found.append(find_entry(catalog.secret, path=path, content=content, provider=provider))
        elif catalog.type == "rest" and catalog.secret:
            path, content = f"catalogs.{name}.secret", "JSON with credential, '<client>:<secret>'"
            found.append(find_entry(catalog.secret, path=path, content=content, provider=provider))
    return found


def find_entry(secret: str, *, path: str, content: str, provider: aws.Provider) -> SecretEntry:
    """The entry of this name or ARN, which stands at `path` in the stack file; raises `ConfigurationError`."""
    is_arn = secret.startswith("arn:")
    try:
        found = aws.secretsmanager.get_secret(
            arn=secret if is_arn else None,
            name=None if is_arn else secret,
            opts=pulumi.InvokeOptions(provider=provider),
        )
    except Exception as error:
        raise wrong_setting(
            path,
            f"cannot find '{secret}' in Secrets Manager:\n  {words_of(error)}\n"
            f"create the entry ({content}), or correct the name",
        ) from None
    return SecretEntry(found.arn, _key_arn(found.kms_key_id, found.arn, provider))


def _key_arn(key: str, entry_arn: str, provider: aws.Provider) -> str | None:
    """Secrets Manager says the key as it was told: by ARN, id or alias, or not at all."""
    _, is_alias, alias = key.partition("alias/")
    if not key or alias == "aws/secretsmanager":
        return None
    if is_alias:
        # A policy grants a key, never an alias.
        return aws.kms.get_alias(name=f"alias/{alias}", opts=pulumi.InvokeOptions(provider=provider)).target_key_arn
    if key.startswith("arn:"):
        return key
    _, partition, _, region, account, *_ = entry_arn.split(":")
    return f"arn:{partition}:kms:{region}:{account}:key/{key}"
