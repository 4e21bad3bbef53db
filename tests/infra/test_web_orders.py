"""The processor of web orders on the platform: what it may do, what it is told, and that images/weborders takes it."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from costs.estimate import estimate
from costs.resources import Stack
from infra.errors import ConfigurationError
from infra.kafka import KafkaCluster
from infra.placement import Placement
from infra.settings import Settings, parse_settings
from infra.settings.flink import ImageSettings
from infra.streams_alarms import WEB_ORDERS_WAIT
from infra.web_orders import WebOrders
from infra.web_orders_image import WebOrdersImage
from infra.web_orders_pod import group_prefix
from picture.architecture import draw
from picture.parts import Parts
from policy import pack
from sandbox.cloud import Declared, DeclaredOnly
from sandbox.program import Program, read_settings, run_program
from tests.declared import PROJECT, Cloud, copied, deploy, document, needed_by
from tests.infra.test_streams import Msk
from tests.kubernetes_schemas import check
from tests.picture.test_architecture import check_layout
from tests.policy.given import Given, run
from weborders.settings import ProcessorSettings, read

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
SECRET = "kubernetes:external-secrets.io/v1:ExternalSecret"
BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"
IMAGE = "docker-build:index:Image"
ARN = "arn:aws:kafka:eu-west-1:123456789012:cluster/shop/0a1b-2"
DIGEST = f"registry/weborders@sha256:{'1' * 64}"
MSK = {
    "engine": "kafka",
    "bootstrap_servers": "b-1:9098",
    "cluster_arn": ARN,
    "registry": "https://registry.example.com",
    "registry_secret": "test/registry",
}
OPEN = {
    "engine": "kafka",
    "bootstrap_servers": "broker:9092",
    "authentication": "none",
    "registry": "http://registry:8080",
}
OWN = {"engine": "kafka", "registry": "https://registry.example.com"}
TOPICS: dict[str, Any] = {"weborders": {"partitions": 3}, "weborders-dead-letters": {"partitions": 1}}


def sources(shop: Mapping[str, Any] = MSK) -> dict[str, Any]:
    return {
        "erpdb": {"engine": "mysql", "secret": "test/mysql", "database": "erp"},
        "erpdb-writer": {"engine": "mysql", "secret": "test/mysql-writer", "database": "erp"},
        "shipdb-writer": {"engine": "postgres", "secret": "test/postgres-writer", "database": "ship"},
        "shop": dict(shop),
    }


def web_orders(**changes: Any) -> dict[str, Any]:
    return {"source": "shop", "orders": "erpdb-writer", "shipments": "shipdb-writer", **changes}


def given(shop: Mapping[str, Any] = MSK, **changes: Any) -> Settings:
    return Settings.model_validate(document(sources=sources(shop), web_orders=web_orders(**changes)))


def declared(shop: Mapping[str, Any] = MSK, **changes: Any) -> Cloud:
    settings = given(shop, **changes)
    assert settings.web_orders is not None
    wanted = settings.web_orders
    return deploy(
        lambda: WebOrders(
            "web-orders",
            wanted,
            sources=settings.sources,
            kafka=KafkaCluster(shop["bootstrap_servers"], shop.get("cluster_arn")),
            image=DIGEST,
            cluster_name="test",
            namespace="flink",
            secret_store="aws-secrets-manager",
            region="eu-west-1",
            placement=Placement(steady={"nodeSelector": {"nodes": "steady"}}),
            topic_arn="arn:topic",
        )
    )


def pod(cloud: Cloud) -> dict[str, Any]:
    return cloud.inputs(DEPLOYMENT, "web-orders")["spec"]["template"]["spec"]


def container(cloud: Cloud) -> dict[str, Any]:
    (found,) = pod(cloud)["containers"]
    return found


def secret(cloud: Cloud) -> dict[str, Any]:
    (found,) = [each.inputs for each in cloud.program.resources if each.type == SECRET]
    return dict(found)


ENTRIES = {
    **{
        f"test/{name}": {"host": f"{name}.example", "port": "5432", "username": name, "password": "secret"}
        for name in ("mysql-writer", "postgres-writer")
    },
    "test/registry": {"user_info": "user:password"},
}


def environment(cloud: Cloud) -> dict[str, str]:
    """What the process finds: told, filled by the External Secrets Operator, and added by Pod Identity's webhook (EKS
    user guide: "EKS Pod Identity")."""
    told = {each["name"]: each["value"] for each in container(cloud)["env"]}
    filled = {
        each["secretKey"]: ENTRIES[each["remoteRef"]["key"]][each["remoteRef"]["property"]]
        for each in secret(cloud)["spec"]["data"]
    }
    assert not told.keys() & filled.keys()
    of_eks = {
        "AWS_STS_REGIONAL_ENDPOINTS": "regional",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/var/run/secrets/pods.eks.amazonaws.com/token",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials",
    }
    return {**told, **filled, **of_eks}


def test_people_hear_of_orders_that_wait() -> None:
    cloud = declared(most_waiting=7)
    (alarm,) = [each.inputs for each in cloud.program.of_kind("MetricAlarm")]
    assert alarm["name"] == f"flink-lakehouse-test/{WEB_ORDERS_WAIT}"
    assert (alarm["namespace"], alarm["metricName"], alarm["threshold"]) == ("AWS/Kafka", "MaxOffsetLag", 7)
    group = environment(cloud)["KAFKA_GROUP"]
    assert alarm["dimensions"] == {"Cluster Name": "shop", "Consumer Group": group, "Topic": "weborders"}
    # MSK has no value for a group with a colon in its name, or with letters beyond ASCII.
    assert group.isascii()
    assert ":" not in group
    # Of 15 minutes the best moment of each five: a burst that is worked off wakes nobody.
    assert (alarm["statistic"], alarm["period"], alarm["evaluationPeriods"]) == ("Minimum", 300, 3)
    assert alarm["alarmActions"] == alarm["okActions"] == ["arn:topic"]
    assert (
        f"\n### {alarm['alarmDescription'].rpartition('#')[2]}\n" in (PROJECT / "docs" / "observability.md").read_text()
    )


def test_of_a_kafka_that_is_not_msk_nobody_can_tell() -> None:
    assert declared(OPEN).program.of_kind("MetricAlarm") == []


def test_what_it_is_told_is_what_the_image_reads() -> None:
    settings = read(ProcessorSettings, environment(declared()))
    assert (settings.kafka.bootstrap_servers, settings.kafka.security, settings.kafka.region) == (
        "b-1:9098",
        "iam",
        "eu-west-1",
    )
    assert (settings.kafka.topic, settings.kafka.dead_letter_topic) == ("weborders", "weborders-dead-letters")
    assert settings.registry.url == "https://registry.example.com"
    assert settings.registry.user_info is not None
    assert settings.registry.user_info.get_secret_value() == "user:password"
    orders, shipments = settings.erpdb, settings.shipdb
    assert (orders.host, orders.username, orders.database) == ("mysql-writer.example", "mysql-writer", "erp")
    assert (shipments.host, shipments.username, shipments.database) == (
        "postgres-writer.example",
        "postgres-writer",
        "ship",
    )


def test_a_broker_and_a_registry_that_ask_nobody_are_told_nothing() -> None:
    cloud = declared(OPEN)
    settings = read(ProcessorSettings, environment(cloud))
    assert (settings.kafka.security, settings.kafka.region, settings.registry.user_info) == ("none", None, None)
    assert not cloud.names(ROLE_POLICY)
    assert not cloud.names(ASSOCIATION)


@pytest.mark.parametrize("shop", [MSK, OPEN])
@pytest.mark.parametrize("replicas", [1, 2])
def test_every_object_is_valid(shop: dict[str, Any], replicas: int) -> None:
    objects = [each for each in declared(shop, replicas=replicas).program.resources if "kubernetes:" in each.type]
    assert len(objects) == 3 + replicas
    for each in objects:
        check(each.inputs)


def test_its_role_reads_orders_and_writes_dead_letters_and_no_more() -> None:
    cloud = declared()
    statements = json.loads(cloud.inputs(ROLE_POLICY, "web-orders")["policy"])["Statement"]
    granted: dict[str, set[str]] = {}
    for statement in statements:
        for action in statement["Action"]:
            granted.setdefault(action.removeprefix("kafka-cluster:"), set()).update(statement["Resource"])
    topic, letters = (ARN.replace(":cluster/", ":topic/") + f"/{name}" for name in TOPICS)
    group = ARN.replace(":cluster/", ":group/") + "/test.web_orders.*"
    assert granted == {
        "Connect": {ARN},
        "WriteDataIdempotently": {ARN},
        "DescribeTopic": {topic, letters},
        "ReadData": {topic},
        "DescribeGroup": {group},
        "AlterGroup": {group},
        "CreateTopic": {letters},
        "WriteData": {letters},
    }
    assert environment(cloud)["KAFKA_GROUP"].startswith("test.web_orders.")
    assert len({statement["Sid"] for statement in statements}) == len(statements)


def test_its_group_is_no_jobs() -> None:
    """Those are called `<stack>.<job>.<topic>`, and a job has letters, digits and '-' in its name."""
    assert "_" in group_prefix("test").removeprefix("test.").removesuffix(".")


def test_it_is_closed_and_on_steady_nodes() -> None:
    cloud = declared()
    spec, inside = pod(cloud), container(cloud)
    assert inside["image"] == DIGEST
    assert inside["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert (spec["enableServiceLinks"], spec["automountServiceAccountToken"]) == (False, False)
    assert spec["nodeSelector"] == {"nodes": "steady"}
    (closed,) = cloud.program.of_kind("NetworkPolicy")
    labels = cloud.inputs(DEPLOYMENT, "web-orders")["spec"]["template"]["metadata"]["labels"]
    assert closed.inputs["spec"]["podSelector"]["matchLabels"].items() <= labels.items()
    assert "ingress" not in closed.inputs["spec"]


def test_its_user_is_the_images() -> None:
    (user,) = [
        line for line in (PROJECT / "images/weborders/Dockerfile").read_text().splitlines() if line.startswith("USER")
    ]
    context = pod(declared())["securityContext"]
    assert user == f"USER {context['runAsUser']}:{context['runAsGroup']}"


def test_it_gets_what_the_stack_file_says() -> None:
    inside = container(declared(cpu=0.5, memory_mib=512, origin="Hamburg"))
    assert inside["resources"] == {"requests": {"cpu": "500m", "memory": "512Mi"}, "limits": {"memory": "512Mi"}}
    assert inside["args"] == ["process", "--origin", "Hamburg"]


def test_several_are_spread_and_leave_one_after_the_other() -> None:
    cloud = declared(replicas=2)
    deployment = cloud.inputs(DEPLOYMENT, "web-orders")["spec"]
    budget = cloud.inputs(BUDGET, "web-orders")["spec"]
    labels = deployment["template"]["metadata"]["labels"].items()
    assert deployment["replicas"] == 2
    assert budget["maxUnavailable"] == 1
    assert budget["selector"]["matchLabels"].items() <= labels
    spread = pod(cloud)["topologySpreadConstraints"]
    assert {each["topologyKey"] for each in spread} == {"kubernetes.io/hostname", "topology.kubernetes.io/zone"}
    assert all(each["labelSelector"]["matchLabels"].items() <= labels for each in spread)
    assert not declared().names(BUDGET)
    assert "topologySpreadConstraints" not in pod(declared())


def test_other_entries_make_other_pods_which_wait_for_them() -> None:
    def uses(cloud: Cloud) -> str:
        (source,) = container(cloud)["envFrom"]
        assert source["secretRef"]["name"] == secret(cloud)["spec"]["target"]["name"]
        return source["secretRef"]["name"]

    assert uses(declared()) != uses(declared(orders="erpdb"))
    assert uses(declared()) == uses(declared(replicas=2))


def test_it_starts_with_all_that_it_needs() -> None:
    program = declared().program
    (deployment,) = program.of_kind("Deployment")
    before = needed_by(deployment, program)
    for kind in ("PodIdentityAssociation", "RolePolicy", "ServiceAccount", "ExternalSecret"):
        (needed,) = program.of_kind(kind)
        assert needed.urn in before, kind


def folder(at: Path) -> Path:
    context = at / "weborders"
    for name in ("Dockerfile", "requirements.lock", "README.md", "weborders/cli.py", "weborders/__pycache__/cli.pyc"):
        (context / name).parent.mkdir(parents=True, exist_ok=True)
        (context / name).write_text(name)
    return context


def image(context: Path, **settings: Any) -> Cloud:
    wanted = ImageSettings.model_validate(settings)
    return deploy(lambda: WebOrdersImage("weborders", wanted, context=context, disposable=True))


def tag(context: Path) -> str:
    (found,) = image(context).inputs(IMAGE, "weborders")["tags"]
    return found


@pytest.mark.parametrize(
    ("changed", "is_another"),
    [
        ("Dockerfile", True),
        ("requirements.lock", True),
        ("weborders/cli.py", True),
        ("weborders/web_order.avsc", True),
        ("weborders/__pycache__/cli.pyc", False),
        ("README.md", False),
    ],
)
def test_the_images_tag_changes_with_what_it_is_made_of(tmp_path: Path, changed: str, is_another: bool) -> None:
    context = folder(tmp_path)
    before = tag(context)
    (context / changed).write_text("something else")
    assert (tag(context) != before) == is_another


def test_the_image_is_built_for_both_processors_or_elsewhere(tmp_path: Path) -> None:
    built = image(folder(tmp_path)).inputs(IMAGE, "weborders")
    assert built["platforms"] == ["linux/amd64", "linux/arm64"]
    assert "@sha256:" in built["buildArgs"]["PYTHON_IMAGE"]
    assert not image(tmp_path, weborders=DIGEST).program.resources


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a source that is none": (
        {"sources": sources(), "web_orders": web_orders(orders="erpdb-writr")},
        "web_orders.orders: there is no source 'erpdb-writr' in sources; did you mean 'erpdb-writer'?",
    ),
    "another engine": (
        {"sources": sources(), "web_orders": web_orders(shipments="erpdb-writer")},
        "web_orders.shipments: the source 'erpdb-writer' has the engine mysql, and postgres is needed; of that are: "
        "shipdb-writer",
    ),
    "no Kafka": (
        {"sources": sources(), "web_orders": web_orders(source="erpdb")},
        "web_orders.source: the source 'erpdb' has the engine mysql, and kafka is needed; of that are: shop",
    ),
    "a Kafka of the stack's own without the topic": (
        {"sources": sources(OWN), "web_orders": web_orders(), "streams": {"topics": {"weborders-dead-letters": {}}}},
        "streams.topics: no topic 'weborders', and web_orders reads it; add it to these",
    ),
    "or without that of dead letters": (
        {"sources": sources(OWN), "web_orders": web_orders(), "streams": {"topics": {"weborders": {}}}},
        "streams.topics: no topic 'weborders-dead-letters', and web_orders puts there what it can't enter; add it to "
        "these",
    ),
    "processors without work": (
        {"sources": sources(OWN), "web_orders": web_orders(replicas=4), "streams": {"topics": TOPICS}},
        "web_orders.replicas: 4 processors, and streams.topics.weborders has 3 partitions, each of which has one "
        "reader; have fewer of them, or more partitions",
    ),
    "an image of nothing": (
        {"image": {"weborders": DIGEST}},
        "image.weborders: no effect without web_orders; remove it",
    ),
}


@pytest.mark.parametrize("mistake", REFUSED)
def test_what_cannot_work_is_refused_with_its_place_and_remedy(mistake: str) -> None:
    changes, problem = REFUSED[mistake]
    with pytest.raises(ConfigurationError) as refused:
        parse_settings(document(**changes), stack="test")
    assert str(refused.value) == f"Pulumi.test.yaml: config.flink-lakehouse:settings.{problem}"


def test_topics_of_another_cluster_are_its_own_affair() -> None:
    parse_settings(
        document(sources=sources(MSK), web_orders=web_orders(replicas=9), streams={"topics": {"other": {}}}),
        stack="test",
    )


@cache
def stack(project: Path) -> Program:
    """Production with a Kafka of its own, and web orders."""
    file = project / "Pulumi.prod.yaml"
    told = yaml.safe_load(file.read_text())
    (settings,) = told["config"].values()
    settings["streams"] = {"topics": TOPICS}
    settings["sources"] |= {name: source for name, source in sources(OWN).items() if name not in settings["sources"]}
    settings["web_orders"] = web_orders(replicas=2)
    file.write_text(yaml.safe_dump(told))
    return run_program(project, "prod", Msk())


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(tmp_path_factory.mktemp("web-orders"))


def of_web_orders(program: Program) -> list[Declared]:
    return [each for each in program.resources if "lakehouse:index:WebOrders$" in each.urn]


def test_on_the_platform_it_comes_after_what_it_needs(project: Path) -> None:
    program = stack(project)
    (deployment,) = [each for each in of_web_orders(program) if each.kind == "Deployment"]
    before = needed_by(deployment, program)
    (store,) = program.of_kind("ClusterSecretStore")
    topics = {each.urn for each in program.of_kind("Topic") if each.type == "aws:msk/topic:Topic"}
    (built,) = [each for each in program.of_kind("Image") if each.name == "weborders"]
    assert {store.urn, built.urn, *topics} <= before
    (inside,) = deployment.inputs["spec"]["template"]["spec"]["containers"]
    assert inside["image"].endswith(f"/weborders@sha256:{'0' * 64}")
    assert deployment.inputs["metadata"]["namespace"] == "flink"
    for each in of_web_orders(program):
        if each.type.startswith("kubernetes:"):
            check(each.inputs)


def test_the_stack_keeps_the_rules_and_has_a_price_and_a_picture(project: Path) -> None:
    program = stack(project)
    resources = [
        Given(each.type, each.name, each.inputs, each.protect, outputs=each.outputs, urn=each.urn)
        for each in program.resources
    ]
    assert run(pack.policies(), resources) == []
    assert estimate(Stack.declared(program), region="eu-west-1").unpriced == []
    drawn = draw(Parts(read_settings(project, "prod"), program))
    assert 'data-component="WebOrders"' in drawn
    assert 'data-component="WebOrdersImage"' in drawn
    check_layout(drawn)


def test_a_stack_that_does_not_say_so_has_none() -> None:
    program = run_program(PROJECT, "prod", DeclaredOnly("eu-west-1"))
    assert not of_web_orders(program)
    assert "weborders" not in [each.name for each in program.resources]
