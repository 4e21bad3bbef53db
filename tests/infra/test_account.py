from typing import Any

import pulumi_aws as aws
import pytest

from infra.account import Account, look_up_account
from infra.errors import ConfigurationError
from tests.declared import Answering, deploy, settings

ID = "123456789012"
REFUSED = "AWS account ID not allowed: 210987654321"


def look_up(cloud: Answering | None = None, **changes: Any) -> Account:
    found: list[Account] = []
    deploy(lambda: found.append(look_up_account(settings(**changes), aws.Provider("aws"))), cloud)
    return found[0]


def refused(cloud: Answering | None = None, **changes: Any) -> str:
    with pytest.raises(ConfigurationError) as error:
        look_up(cloud, **changes)
    message = str(error.value)
    assert len(message.splitlines()) <= 5
    return message


def test_the_account_of_the_stack_file_is_taken() -> None:
    account = look_up(aws={"region": "eu-west-1", "account": ID})
    assert (account.id, account.partition) == (ID, "aws")


def test_who_deploys_is_the_role_and_not_its_session() -> None:
    role = f"arn:aws:iam::{ID}:role/deployer"
    assert look_up(Answering(getSessionContext={"issuerArn": role})).deployer_arn == role


def test_another_account_is_refused_with_both() -> None:
    assert refused(aws={"region": "eu-west-1", "account": "210987654321"}) == (
        "Pulumi.test.yaml: config.flink-lakehouse:settings.aws.account: the stack belongs to the account 210987654321, "
        "and these credentials are for 123456789012; choose the profile or role of the stack's account"
    )


def test_what_the_provider_says_of_a_wrong_account_is_said_with_the_stacks_key() -> None:
    """The provider knows the account too, and then answers nothing at all."""
    assert refused(Answering(getCallerIdentity=REFUSED), aws={"region": "eu-west-1", "account": ID}) == (
        "Pulumi.test.yaml: config.flink-lakehouse:settings.aws: AWS does not answer in eu-west-1:\n"
        "  AWS account ID not allowed: 210987654321\n"
        "it takes credentials of the account 123456789012, and a region that exists and is enabled for them"
    )


def test_a_region_that_cannot_be_asked_is_named() -> None:
    message = refused(Answering(getCallerIdentity="Invalid AWS Region: eu-west-9"), aws={"region": "eu-west-9"})
    assert message == (
        "Pulumi.test.yaml: config.flink-lakehouse:settings.aws: AWS does not answer in eu-west-9:\n"
        "  Invalid AWS Region: eu-west-9\n"
        "it takes AWS credentials, and a region that exists and is enabled for them"
    )


def test_the_network_of_a_new_cluster_is_looked_at() -> None:
    assert "network.zones: eu-west-1 has no zone 'f'" in refused(network={"zones": ["a", "f"]})
    existing = {"vpc_id": "vpc-1", "private_subnet_ids": ["subnet-1", "subnet-2"]}
    assert "cannot find vpc-1" in refused(Answering(getVpc="no matching VPC"), network={"existing": existing})


def test_that_of_an_existing_cluster_is_not_asked_for() -> None:
    asked = Answering(getAvailabilityZones="asked", getVpc="asked", getSubnet="asked")
    assert look_up(asked, cluster={"name": "test", "existing": {}}).id == ID
