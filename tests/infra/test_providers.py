import json
from collections.abc import Callable
from typing import Any, cast

import pytest
from pulumi.runtime.mocks import MockResourceArgs
from pulumi.runtime.rpc import is_rpc_secret, unwrap_rpc_secret

from infra.errors import ConfigurationError
from infra.providers import aws_provider, kubernetes_provider
from infra.settings import AwsSettings
from infra.settings.cluster import ClusterSettings
from sandbox import pulumi_runtime
from tests.declared import Answering, deploy
from tests.test_program import program

KUBECONFIG = json.dumps({"kind": "Config"})


@pytest.fixture
def providers(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """The inputs of every provider that is declared, by its kind."""
    found: dict[str, dict[str, Any]] = {}
    original: Callable[..., Any] = vars(pulumi_runtime)["_Recorder"].new_resource

    def new_resource(self: object, args: MockResourceArgs) -> Any:
        if args.typ.startswith("pulumi:providers:"):
            found[args.typ.rpartition(":")[2]] = cast(dict[str, Any], args.inputs)  # pyright: ignore[reportUnknownMemberType]
        return original(self, args)

    monkeypatch.setattr("sandbox.pulumi_runtime._Recorder.new_resource", new_resource)
    return found


def declare_aws(**settings: Any) -> None:
    deploy(lambda: aws_provider(AwsSettings.model_validate({"region": "eu-west-1", **settings})))


def declare_kubernetes(*, cloud: Answering | None = None, kubeconfig: str | None = None, **existing: Any) -> None:
    document = {"name": "lakehouse"} | ({} if kubeconfig else {"existing": existing})
    settings = ClusterSettings.model_validate(document)
    deploy(
        lambda: kubernetes_provider(
            settings, kubeconfig=kubeconfig, cloud=aws_provider(AwsSettings(region="eu-west-1"))
        ),
        cloud,
    )


def test_aws_is_the_stacks_region_and_account_whatever_the_shell_says(providers: dict[str, dict[str, Any]]) -> None:
    declare_aws(account="123456789012")
    assert providers["aws"]["region"] == "eu-west-1"
    assert json.loads(providers["aws"]["allowedAccountIds"]) == ["123456789012"]
    assert "endpoints" not in providers["aws"]


def test_all_that_aws_bills_says_whose_it_is(providers: dict[str, dict[str, Any]]) -> None:
    declare_aws()
    tags = json.loads(providers["aws"]["defaultTags"])["tags"]
    assert tags == {"project": "flink-lakehouse", "stack": "test"}


def test_where_aws_is_played_no_service_is_asked_anywhere_else(providers: dict[str, dict[str, Any]]) -> None:
    declare_aws(endpoint="http://127.0.0.1:5000")
    (endpoints,) = json.loads(providers["aws"]["endpoints"])
    assert {"ec2", "eks", "s3", "sts"} <= set(endpoints)
    assert set(endpoints.values()) == {"http://127.0.0.1:5000"}
    assert services_of("prod") | {"secretsmanager", "sts"} <= set(endpoints)


def services_of(stack: str) -> set[str]:
    """What the resources of a stack are asked of."""
    types = [each.type for each in program(stack).resources if each.type.startswith("aws:")]
    modules = {type_.split(":")[1].split("/")[0] for type_ in types}
    # Tags of buckets are asked of another service than all else of S3.
    return {{"vpc": "ec2", "msk": "kafka"}.get(module, module) for module in modules} | {"s3control"}


def test_a_played_aws_gets_no_keys_of_a_real_one(providers: dict[str, dict[str, Any]]) -> None:
    declare_aws(endpoint="http://127.0.0.1:5000")
    assert [unwrap_rpc_secret(providers["aws"][key]) for key in ("accessKey", "secretKey")] == ["test", "test"]
    # Without the account's number the provider can ask for no bucket's tags.
    assert "skipRequestingAccountId" not in providers["aws"]
    declare_aws()
    assert "accessKey" not in providers["aws"]


def test_a_new_way_to_the_cluster_replaces_nothing_in_it(providers: dict[str, dict[str, Any]]) -> None:
    declare_kubernetes(kubeconfig=KUBECONFIG)
    assert providers["kubernetes"]["clusterIdentifier"] == "lakehouse"
    assert providers["kubernetes"]["kubeconfig"] == KUBECONFIG


def test_an_existing_cluster_is_reached_by_a_secret(providers: dict[str, dict[str, Any]]) -> None:
    cloud = Answering(getSecretVersion={"secretString": KUBECONFIG})
    declare_kubernetes(cloud=cloud, kubeconfig_secret="ops/kubeconfig")
    kubeconfig = providers["kubernetes"]["kubeconfig"]
    assert is_rpc_secret(kubeconfig)
    assert unwrap_rpc_secret(kubeconfig) == KUBECONFIG
    assert "context" not in providers["kubernetes"]


def test_or_by_a_context_of_this_machine(providers: dict[str, dict[str, Any]]) -> None:
    declare_kubernetes(context="kind-lakehouse")
    assert providers["kubernetes"]["context"] == "kind-lakehouse"
    assert "kubeconfig" not in providers["kubernetes"]


def test_a_kubeconfig_secret_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ConfigurationError) as error:
        declare_kubernetes(cloud=Answering(getSecret="couldn't find resource"), kubeconfig_secret="ops/kubeconfig")
    assert str(error.value) == (
        "Pulumi.test.yaml: config.flink-lakehouse:settings.cluster.existing.kubeconfig_secret: cannot find "
        "'ops/kubeconfig' in Secrets Manager:\n  couldn't find resource\n"
        "create the entry (a kubeconfig), or correct the name"
    )
