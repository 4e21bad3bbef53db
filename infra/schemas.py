"""`python -m infra.schemas`: JSON Schemas, from the models: of the stack file and of job.yaml, so that editors complete
them, and of the contract, so that others know what they can read."""

import json
from pathlib import Path
from typing import Any, cast

from infra.job_manifest import JobManifest
from infra.outputs import Contract
from infra.settings import KEY, PROJECT, Settings

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "schemas"
_DIALECT = {"$schema": "https://json-schema.org/draft/2020-12/schema"}


def stack_schema() -> dict[str, Any]:
    """Of a whole `Pulumi.<stack>.yaml`; what other tools write beside our one key is let be."""
    settings = Settings.model_json_schema()
    definitions = settings.pop("$defs")
    return {
        **_DIALECT,
        "title": "Pulumi.<stack>.yaml of Flink Lakehouse",
        "type": "object",
        "properties": {
            "config": {
                "type": "object",
                "properties": {f"{PROJECT}:{KEY}": settings},
                "required": [f"{PROJECT}:{KEY}"],
            }
        },
        "required": ["config"],
        "$defs": definitions,
    }


def job_schema() -> dict[str, Any]:
    return {**_DIALECT, **JobManifest.model_json_schema()}


def contract_schema() -> dict[str, Any]:
    """Of the output `contract`, for whoever reads it: every field is there, and those that a later 1.x adds are
    allowed."""
    return {**_DIALECT, **_for_readers(Contract.model_json_schema())}


def _for_readers(schema: Any) -> Any:
    """What is written always has all fields; what is read may have more."""
    if isinstance(schema, list):
        return [_for_readers(part) for part in cast(list[Any], schema)]
    if not isinstance(schema, dict):
        return schema
    parts = cast(dict[str, Any], schema)
    read = {key: _for_readers(part) for key, part in parts.items() if (key, part) != ("additionalProperties", False)}
    return read | ({"required": list(read["properties"])} if "properties" in read else {})


def rendered() -> dict[str, str]:
    """File name → content."""
    schemas = {
        "stack.schema.json": stack_schema(),
        "job.schema.json": job_schema(),
        "contract.schema.json": contract_schema(),
    }
    return {name: json.dumps(schema, indent=2) + "\n" for name, schema in schemas.items()}


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in rendered().items():
        (FOLDER / name).write_text(content)
