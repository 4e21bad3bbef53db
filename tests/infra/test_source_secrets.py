from typing import Any

import pulumi_aws as aws
import pytest

from infra.errors import ConfigurationError
from infra.settings.sources import DatabaseSource
from infra.source_secrets import SecretEntry, find_entries
from tests.declared import Answering, deploy

ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/erp-AbCdEf"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1234"


def find(secret: str, **answers: Any) -> SecretEntry:
    sources = {"erpdb": DatabaseSource(engine="mysql", secret=secret, database="erp")}
    found: list[SecretEntry] = []
    deploy(lambda: found.extend(find_entries(sources, {}, aws.Provider("aws"))), Answering(**answers))
    return found[0]


def entry(key: str) -> dict[str, str]:
    return {"arn": ARN, "kmsKeyId": key}


def test_an_entry_is_found_by_name_or_arn() -> None:
    asked: list[dict[str, str]] = []

    def answer(arguments: dict[str, str | None]) -> dict[str, str]:
        asked.append({key: value for key, value in arguments.items() if value is not None})
        return entry("")

    assert find("prod/erp", getSecret=answer).arn == ARN
    assert find(ARN, getSecret=answer).arn == ARN
    assert asked == [{"name": "prod/erp"}, {"arn": ARN}]


def test_an_entry_that_does_not_exist_is_refused_with_source_and_remedy() -> None:
    with pytest.raises(ConfigurationError) as error:
        find("prod/erpp", getSecret="couldn't find resource")
    assert str(error.value) == (
        "Pulumi.test.yaml: config.flink-lakehouse:settings.sources.erpdb.secret: cannot find 'prod/erpp' in Secrets "
        "Manager:\n  couldn't find resource\n"
        "create the entry (JSON with host, port, username, password), or correct the name"
    )


@pytest.mark.parametrize("key", ["", "alias/aws/secretsmanager", f"{KEY.partition('key/')[0]}alias/aws/secretsmanager"])
def test_the_key_of_secrets_manager_needs_no_grant(key: str) -> None:
    assert find("prod/erp", getSecret=entry(key)).kms_key_arn is None


@pytest.mark.parametrize("key", [KEY, "1234"])
def test_a_key_is_granted_by_its_arn_however_the_entry_names_it(key: str) -> None:
    assert find("prod/erp", getSecret=entry(key)).kms_key_arn == KEY


@pytest.mark.parametrize("key", ["alias/ours", "arn:aws:kms:eu-west-1:123456789012:alias/ours"])
def test_an_alias_is_followed_to_its_key(key: str) -> None:
    asked: list[str] = []

    def alias(arguments: dict[str, str]) -> dict[str, str]:
        asked.append(arguments["name"])
        return {"targetKeyArn": KEY}

    assert find("prod/erp", getSecret=entry(key), getAlias=alias).kms_key_arn == KEY
    assert asked == ["alias/ours"]
