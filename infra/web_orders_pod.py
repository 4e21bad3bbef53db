"""The web orders' processor as plain data: its environment, whose names are those of images/weborders, and the fields
of its Deployment (`apps/v1`)."""

from collections.abc import Mapping
from typing import Any

import pulumi

from infra.charts import RESTRICTED_CONTAINER, RESTRICTED_POD
from infra.job_sources import SECRET_KEYS
from infra.kafka import NO_USER
from infra.placement import Placement
from infra.settings.sources import DatabaseSource, KafkaSource
from infra.settings.web_orders import TOPIC, WebOrdersSettings

APPLICATION = "weborders-processor"
"""Its pods' label `app.kubernetes.io/name`, and what its objects are called."""

NAME = {"app.kubernetes.io/name": APPLICATION}

_USER = 10001
"""The image's own."""
_USER_INFO = "SCHEMA_REGISTRY_USER_INFO"


def group_prefix(stack: str) -> str:
    """What the consumer group's name begins with: with a '_', which no job's name has, so no job's group does."""
    return f"{stack}.web_orders."


def group(stack: str) -> str:
    """The processors' consumer group."""
    return f"{group_prefix(stack)}{TOPIC}"


def environment(
    kafka: KafkaSource,
    databases: Mapping[str, DatabaseSource],
    *,
    stack: str,
    bootstrap_servers: pulumi.Input[str],
    region: str,
) -> dict[str, pulumi.Input[str]]:
    """The variables that are no secret; `databases`: by the front of their variables, ERPDB and SHIPDB."""
    found: dict[str, pulumi.Input[str]] = {
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap_servers,
        "KAFKA_TOPIC": TOPIC,
        "KAFKA_GROUP": group(stack),
        "KAFKA_SECURITY": kafka.authentication,
        "SCHEMA_REGISTRY_URL": kafka.registry or "",
        **{f"{prefix}_DATABASE": source.database for prefix, source in databases.items()},
        # Without its Pod Identity association it fails; it never borrows the node's role.
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    if kafka.authentication == "iam":
        found["AWS_REGION"] = region
    if kafka.registry_secret is None:
        found[_USER_INFO] = NO_USER
    return found


def secret_data(kafka: KafkaSource, databases: Mapping[str, DatabaseSource]) -> list[dict[str, Any]]:
    """`spec.data` of the ExternalSecret: which key of which Secrets Manager entry becomes which variable."""
    wanted = [
        (f"{prefix}_{key.upper()}", source.secret, key) for prefix, source in databases.items() for key in SECRET_KEYS
    ]
    if kafka.registry_secret:
        wanted.append((_USER_INFO, kafka.registry_secret, "user_info"))
    return [{"secretKey": variable, "remoteRef": {"key": entry, "property": key}} for variable, entry, key in wanted]


def deployment_spec(
    settings: WebOrdersSettings,
    *,
    image: pulumi.Input[str],
    service_account: pulumi.Input[str],
    secret: pulumi.Input[str],
    environment: Mapping[str, pulumi.Input[str]],
    placement: Placement,
) -> dict[str, Any]:
    return {
        "replicas": settings.replicas,
        # A wrong login, a missing topic or a refused right ends it within seconds, which `pulumi up` is to see.
        "minReadySeconds": 15,
        "selector": {"matchLabels": NAME},
        "template": {
            "metadata": {"labels": {**NAME, "app.kubernetes.io/part-of": "flink-lakehouse"}},
            "spec": {
                "serviceAccountName": service_account,
                # It asks nothing of Kubernetes; Pod Identity brings a token of its own.
                "automountServiceAccountToken": False,
                # A service called `erpdb` would bring an ERPDB_PORT of its own.
                "enableServiceLinks": False,
                # The batch under way is finished: at worst a slow statement in each database, 30 s each, and a commit
                # at brokers that went away, 10 s. A processor that is killed loses nothing either.
                "terminationGracePeriodSeconds": 75,
                "containers": [_container(settings, image, secret, environment)],
                "securityContext": {"runAsUser": _USER, "runAsGroup": _USER, **RESTRICTED_POD},
                **_spread(settings.replicas),
                **placement.steady,
            },
        },
    }


def _container(
    settings: WebOrdersSettings,
    image: pulumi.Input[str],
    secret: pulumi.Input[str],
    environment: Mapping[str, pulumi.Input[str]],
) -> dict[str, Any]:
    """Without probes. It serves nothing that could be asked or be ready, and a command would only show that a second
    Python starts. One that has lost a server for longer than its patience ends by itself, and is started again; the
    brokers give the partitions of one that hangs to another."""
    memory = f"{settings.memory_mib}Mi"
    return {
        "name": "processor",
        "image": image,
        "args": ["process", "--origin", settings.origin],
        "env": [{"name": name, "value": value} for name, value in environment.items()],
        "envFrom": [{"secretRef": {"name": secret}}],
        "resources": {
            "requests": {"cpu": f"{round(settings.cpu * 1000)}m", "memory": memory},
            "limits": {"memory": memory},
        },
        "securityContext": {**RESTRICTED_CONTAINER, "readOnlyRootFilesystem": True},
    }


def _spread(replicas: int) -> dict[str, Any]:
    """Nodes and zones apart where there is room; no node is started for it, since a pause of seconds is all that the
    loss of one costs."""
    if replicas == 1:
        return {}
    pods = {
        "maxSkew": 1,
        "labelSelector": {"matchLabels": NAME},
        "matchLabelKeys": ["pod-template-hash"],
        "whenUnsatisfiable": "ScheduleAnyway",
    }
    keys = ("kubernetes.io/hostname", "topology.kubernetes.io/zone")
    return {"topologySpreadConstraints": [{**pods, "topologyKey": key} for key in keys]}
