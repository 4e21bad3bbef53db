"""In a container: makes what the program declares of AWS real in the played one, as the sandbox does.

`python -m compose.provision ENDPOINT REGION RESOURCES`. What was made by an earlier run is left as it is.
"""

import json
import sys
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from sandbox.addresses import Aws
from sandbox.aws.local import aws_client
from sandbox.aws.provision import PlayedCloud

MADE = "compose/made"
"""The entry of Secrets Manager with what was made; it goes with all else when the played AWS does."""


def provision(aws: Aws, resources: list[dict[str, Any]]) -> int:
    """Make those that are not there; how many. `resources`: see `compose.render.aws_resources`."""
    client = aws_client(aws, "secretsmanager")
    try:
        made: dict[str, dict[str, str]] = json.loads(client.get_secret_value(SecretId=MADE)["SecretString"])
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") != "ResourceNotFoundException":
            raise
        made = {}
        client.create_secret(Name=MADE, SecretString="{}")
    cloud, before = PlayedCloud(aws), len(made)
    for each in resources:
        known = f"{each['type']} {each['name']}"
        if known in made:
            continue
        real = cloud.create(each["type"], each["name"], _renamed(each["inputs"], list(made.values())))
        made[known] = {
            "id": each["id"],
            "made_id": real.id,
            "arn": each["arn"] or "",
            "made_arn": str(real.outputs.get("arn") or ""),
        }
        client.put_secret_value(SecretId=MADE, SecretString=json.dumps(made))
    return len(made) - before


def _renamed(value: Any, made: list[dict[str, str]], key: str = "") -> Any:
    """Inputs that name an earlier resource, by what it is really called: AWS gives some names itself, as to keys."""
    if isinstance(value, dict):
        return {name: _renamed(part, made, name) for name, part in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(value, list):
        return [_renamed(part, made, key) for part in value]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if not isinstance(value, str):
        return value
    for each in made:
        if each["arn"] and each["made_arn"]:
            value = value.replace(each["arn"], each["made_arn"])
        if key == "targetKeyId" and value == each["id"]:
            value = each["made_id"]
    return value


if __name__ == "__main__":
    endpoint, region, resources = sys.argv[1:]
    count = provision(Aws(endpoint, region), json.loads(Path(resources).read_text()))
    print(f"{count} AWS resources of the program are new")
