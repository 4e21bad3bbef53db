"""What tests/cluster applies to a cluster, without one: valid, complete, and for the namespaces of the test."""

import base64
import json
from typing import Any

import pytest
import yaml

from sandbox.addresses import Aws
from sandbox.aws.local import aws_client
from tests.cluster.kubectl import Object
from tests.cluster.stack import JOB, LocalStack, sources
from tests.declared import PROJECT
from tests.kubernetes_schemas import check

NAMESPACE, BESIDE = "lakehouse-test", "lakehouse-test-sources"
IMAGE = f"localhost:5001/flink@sha256:{'a' * 64}"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> LocalStack:
    return LocalStack(
        tmp_path_factory.mktemp("local"), context="kind-test", namespace=NAMESPACE, sources=BESIDE, image=IMAGE
    )


@pytest.fixture(scope="module")
def objects(stack: LocalStack, aws: Aws) -> list[Object]:
    stack.publish_entries(aws)
    return stack.first(aws)


def of_kind(objects: list[Object], kind: str) -> list[Object]:
    return [each for each in objects if each["kind"] == kind]


def test_every_object_is_valid_and_in_the_tests_namespace(objects: list[Object]) -> None:
    for each in objects:
        check(each)
        assert each["metadata"]["namespace"] == NAMESPACE
    kinds = {each["kind"] for each in objects}
    needed = {"ConfigMap", "FlinkDeployment", "NetworkPolicy", "Role", "RoleBinding", "Secret", "ServiceAccount"}
    assert kinds == needed


def test_all_that_the_pods_mount_and_are_is_applied_with_them(objects: list[Object]) -> None:
    (deployment,) = of_kind(objects, "FlinkDeployment")
    spec = deployment["spec"]
    pod = spec["podTemplate"]["spec"]
    (container,) = pod["containers"]
    mounted = {each["configMap"]["name"] for each in pod["volumes"] if "configMap" in each}
    assert mounted <= {each["metadata"]["name"] for each in of_kind(objects, "ConfigMap")}
    (secret,) = of_kind(objects, "Secret")
    assert container["envFrom"] == [{"secretRef": {"name": secret["metadata"]["name"]}}]
    accounts = {each["metadata"]["name"] for each in of_kind(objects, "ServiceAccount")}
    assert spec["serviceAccount"] in accounts
    assert spec["image"] == IMAGE


def test_pods_ask_the_played_aws_with_its_keys(objects: list[Object]) -> None:
    (deployment,) = of_kind(objects, "FlinkDeployment")
    endpoint = f"http://aws.{BESIDE}.svc.cluster.local:5000"
    assert deployment["spec"]["flinkConfiguration"]["s3.endpoint"] == endpoint
    (container,) = deployment["spec"]["podTemplate"]["spec"]["containers"]
    environment = {each["name"]: each["value"] for each in container["env"]}
    assert environment["AWS_ACCESS_KEY_ID"] == environment["AWS_SECRET_ACCESS_KEY"] == "test"
    (catalog,) = [each["data"]["lake.yaml"] for each in of_kind(objects, "ConfigMap") if "lake.yaml" in each["data"]]
    options: dict[str, str] = yaml.safe_load(catalog)
    assert {options["glue.endpoint"], options["s3.endpoint"]} == {endpoint}


def test_the_secret_leads_to_the_sources_beside_the_job(objects: list[Object]) -> None:
    (secret,) = of_kind(objects, "Secret")
    values = {name: base64.b64decode(value).decode() for name, value in secret["data"].items()}
    assert values["ERPDB_HOST"] == f"mysql.{BESIDE}.svc.cluster.local"
    assert values["SHIPDB_HOST"] == f"postgres.{BESIDE}.svc.cluster.local"
    assert (values["ERPDB_USERNAME"], values["SHIPDB_PORT"]) == ("cdc", "5432")


def test_what_the_job_writes_to_is_there(objects: list[Object], aws: Aws) -> None:
    (deployment,) = of_kind(objects, "FlinkDeployment")
    state = deployment["spec"]["flinkConfiguration"]["state.savepoints.dir"]
    assert state == f"s3://lake-state/{JOB}/savepoints"
    buckets = {each.get("Name") for each in aws_client(aws, "s3").list_buckets()["Buckets"]}
    assert {"lake-state", "lake-warehouse"} <= buckets
    assert aws_client(aws, "glue").get_database(Name="iceberg_orders")["Database"]["Name"] == "iceberg_orders"


def test_an_edit_changes_the_script_and_the_deployment_alone(
    objects: list[Object], stack: LocalStack, aws: Aws
) -> None:
    stack.edit("-- Orders from MySQL", "-- Edited.\n-- Orders from MySQL")
    edited = stack.again(aws)
    changed = [each for each in edited if each not in objects]
    assert sorted(each["kind"] for each in changed) == ["ConfigMap", "FlinkDeployment"]


def test_the_sources_are_valid_and_reached_from_within_only() -> None:
    found = sources(BESIDE)
    for each in found:
        check(each)
        assert each["metadata"]["namespace"] == BESIDE
    assert {each["spec"]["type"] for each in of_kind(found, "Service")} == {"ClusterIP"}
    images = [
        container["image"]
        for each in of_kind(found, "Deployment")
        for container in each["spec"]["template"]["spec"]["containers"]
    ]
    assert len(images) == 3
    assert all("@sha256:" in image for image in images)


def test_entries_name_the_services_that_are_there_and_accounts_that_are_made() -> None:
    entries: dict[str, dict[str, Any]] = json.loads((PROJECT / "local" / "aws" / "entries.json").read_text())
    services = {each["metadata"]["name"]: each for each in of_kind(sources("local"), "Service")}
    for entry in entries.values():
        service, namespace, _ = entry["host"].split(".", 2)
        assert namespace == "local"
        assert entry["port"] in [port["port"] for port in services[service]["spec"]["ports"]]
        accounts = (PROJECT / "local" / service / "accounts.sql").read_text()
        assert f"{entry['username']}" in accounts and f"'{entry['password']}'" in accounts


def test_kind_leads_localhost_to_the_played_aws() -> None:
    settings = yaml.safe_load((PROJECT / "Pulumi.local.yaml").read_text())["config"]["flink-lakehouse:settings"]
    (node,) = yaml.safe_load((PROJECT / "local" / "kind.yaml").read_text())["nodes"]
    (mapping,) = node["extraPortMappings"]
    manifests = list(yaml.safe_load_all((PROJECT / "local" / "aws.yaml").read_text()))
    (port,) = manifests[0]["spec"]["ports"]
    assert mapping["containerPort"] == port["nodePort"]
    assert settings["aws"]["endpoint"] == f"http://localhost:{mapping['hostPort']}"
    assert settings["aws"]["pod_endpoint"] == f"http://aws.local.svc.cluster.local:{port['port']}"
