"""The stack `local` for one job, in namespaces of its own: what the program declares of it, as the API server takes
it."""

import base64
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from infra import settings as names
from sandbox import kubernetes
from sandbox.addresses import Aws
from sandbox.aws.local import aws_client
from sandbox.aws.provision import PlayedCloud
from sandbox.cloud import Cloud, DeclaredOnly
from sandbox.program import Here, Program, run_program
from tests.cluster.kubectl import Object
from tests.declared import PROJECT, copied

JOB = "enriched-orders"
STACK = "local"
_NAMESPACED = {"ConfigMap", "FlinkDeployment", "NetworkPolicy", "Role", "RoleBinding", "ServiceAccount"}


class LocalStack:
    """A copy of the project, to edit, with the AWS that plays in the cluster."""

    def __init__(self, folder: Path, *, context: str, namespace: str, sources: str, image: str) -> None:
        """`namespace`: of the job; `sources`: where what stands in local/ is."""
        self.project = copied(folder)
        self.namespace = namespace
        self._sources = sources
        file = self.project / f"Pulumi.{STACK}.yaml"
        document = yaml.safe_load(file.read_text())
        settings = document["config"][f"{names.PROJECT}:{names.KEY}"]
        settings["aws"]["pod_endpoint"] = f"http://aws.{sources}.svc.cluster.local:5000"
        settings["cluster"] |= {
            "namespace": namespace,
            "existing": {"context": context, "provides": ["cert-manager", "external-secrets", "flink-operator"]},
        }
        settings["image"] = {"reference": image}
        file.write_text(yaml.safe_dump(document, sort_keys=False))
        self.region: str = settings["aws"]["region"]

    def edit(self, old: str, new: str) -> None:
        script = self.project / "jobs" / JOB / "job.sql"
        text = script.read_text()
        assert old in text, f"{script.name} has no {old!r}"
        script.write_text(text.replace(old, new))

    def first(self, aws: Aws) -> list[Object]:
        """The job's objects; and of AWS all that the sandbox makes too is there afterwards."""
        return self._objects(PlayedCloud(aws), aws)

    def again(self, aws: Aws) -> list[Object]:
        """The objects as the edited project declares them."""
        return self._objects(DeclaredOnly(self.region), aws)

    def _objects(self, cloud: Cloud, aws: Aws) -> list[Object]:
        program = run_program(self.project, STACK, cloud, Here(aws_endpoint=aws.endpoint, jobs=(JOB,)))
        # A job before what it mounts would start all the same, and wait.
        return [*self._secrets(program, aws), *_in(program, self.namespace)]

    def _secrets(self, program: Program, aws: Aws) -> Iterator[Object]:
        """What the External Secrets Operator makes of the stack's ExternalSecrets."""
        for name, values in kubernetes.secrets(program, aws).items():
            yield {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": name, "namespace": self.namespace},
                "data": {key: base64.b64encode(value.encode()).decode() for key, value in values.items()},
            }

    def publish_entries(self, aws: Aws) -> None:
        """Say in Secrets Manager where the sources are here."""
        client = aws_client(aws, "secretsmanager")
        for name, content in json.loads((PROJECT / "local" / "aws" / "entries.json").read_text()).items():
            here = content | {"host": content["host"].replace(".local.", f".{self._sources}.")}
            client.put_secret_value(SecretId=name, SecretString=json.dumps(here))


def _in(program: Program, namespace: str) -> Iterator[Object]:
    for each in program.resources:
        inputs: Any = each.inputs
        of_kubernetes = each.type.startswith("kubernetes:") and each.kind in _NAMESPACED
        if of_kubernetes and inputs["metadata"].get("namespace") == namespace:
            yield dict(inputs)


def sources(namespace: str) -> list[Object]:
    """What stands in local/, for another namespace, and reached from within the cluster only."""
    rendered = subprocess.run(
        ["kubectl", "kustomize", str(PROJECT / "local")], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    found = [each for each in yaml.safe_load_all(rendered) if each["kind"] != "Namespace"]
    for each in found:
        each["metadata"]["namespace"] = namespace
        if each["kind"] == "Service":
            each["spec"]["type"] = "ClusterIP"
            for port in each["spec"]["ports"]:
                port.pop("nodePort", None)
    return found
