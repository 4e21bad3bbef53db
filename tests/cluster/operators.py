"""Installs the operators that a job needs, of the versions and with the values that the program pins, by Helm:

    python -m tests.cluster.operators kind-lakehouse

In a cluster of one's own, that is: the operator watches every namespace. `pulumi up` installs them otherwise.
"""

import secrets
import subprocess
import sys
from typing import Any

import yaml

from infra import cert_manager, flink_operator
from infra.charts import ChartPin
from infra.placement import Placement
from infra.versions import CERT_MANAGER, FLINK_OPERATOR
from tests.cluster.kubectl import Kubectl

NAMESPACE = "flink-operator"


def install(context: str) -> None:
    """cert-manager, then the Flink operator, each once it is ready."""
    helm(context, "cert-manager", CERT_MANAGER, cert_manager.values(1, Placement()))
    values: dict[str, Any] = {**flink_operator.values("", 1, Placement()), "watchNamespaces": []}
    kubectl = Kubectl(context, NAMESPACE)
    kubectl.apply([_named("Namespace", NAMESPACE), _keystore(values)])
    helm(context, NAMESPACE, FLINK_OPERATOR, values)


def helm(context: str, name: str, pin: ChartPin, values: dict[str, Any]) -> None:
    subprocess.run(command(context, name, pin), input=yaml.safe_dump(values), text=True, check=True, timeout=600)


def command(context: str, name: str, pin: ChartPin) -> list[str]:
    repository = ["--repo", pin.repository] if pin.repository else []
    where = ["--kube-context", context, "--namespace", name, "--create-namespace"]
    return [
        *["helm", "upgrade", "--install", name, pin.chart, *repository, "--version", pin.version],
        *[*where, "--values", "-", "--wait", "--timeout", "8m"],
    ]


def _keystore(values: dict[str, Any]) -> dict[str, Any]:
    """What the program lets the External Secrets Operator make: a password that stands nowhere else."""
    reference = values["webhook"]["keystore"]["passwordSecretRef"]
    return {**_named("Secret", reference["name"]), "stringData": {reference["key"]: secrets.token_hex(16)}}


def _named(kind: str, name: str) -> dict[str, Any]:
    place = {} if kind == "Namespace" else {"namespace": NAMESPACE}
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, **place}}


if __name__ == "__main__":
    install(*sys.argv[1:2])
