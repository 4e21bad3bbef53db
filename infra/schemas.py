"""`python -m infra.schemas`: JSON Schemas of the stack file and of job.yaml, from their models, so that editors
complete them."""

import json
from pathlib import Path
from typing import Any

from infra.jobs import JobManifest
from infra.settings import KEY, PROJECT, Settings

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "schemas"


def stack_schema() -> dict[str, Any]:
    """Of a whole `Pulumi.<stack>.yaml`; what other tools write beside our one key is let be."""
    settings = Settings.model_json_schema()
    definitions = settings.pop("$defs")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
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
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **JobManifest.model_json_schema()}


def rendered() -> dict[str, str]:
    """File name → content."""
    schemas = {"stack.schema.json": stack_schema(), "job.schema.json": job_schema()}
    return {name: json.dumps(schema, indent=2) + "\n" for name, schema in schemas.items()}


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in rendered().items():
        (FOLDER / name).write_text(content)
