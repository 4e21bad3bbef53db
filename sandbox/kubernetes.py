"""What Kubernetes would hold for the jobs: ConfigMaps, and the Secrets that External Secrets fills from Secrets
Manager."""

import json
from typing import Any, cast

from infra.errors import ConfigurationError
from sandbox.addresses import Aws
from sandbox.aws.local import aws_client
from sandbox.program import Program


def config_maps(program: Program) -> dict[str, dict[str, str]]:
    """ConfigMap name → its files."""
    return {str(each.inputs["metadata"]["name"]): dict(each.inputs["data"]) for each in program.of_kind("ConfigMap")}


def secrets(program: Program, aws: Aws) -> dict[str, dict[str, str]]:
    """Secret name → its keys, each read from the entry that the ExternalSecret names; `ConfigurationError` if it
    can't be."""
    client = aws_client(aws, "secretsmanager")
    found: dict[str, dict[str, str]] = {}
    for external in program.of_kind("ExternalSecret"):
        spec = cast(dict[str, Any], external.inputs["spec"])
        values = found.setdefault(str(spec["target"]["name"]), {})
        for entry in spec["data"]:
            reference = entry["remoteRef"]
            stored = json.loads(client.get_secret_value(SecretId=reference["key"])["SecretString"])
            if reference["property"] not in stored:
                raise ConfigurationError(
                    f"Secrets Manager: the entry '{reference['key']}' has no key '{reference['property']}'; "
                    f"it has {', '.join(sorted(stored))}"
                )
            values[entry["secretKey"]] = str(stored[reference["property"]])
    return found
