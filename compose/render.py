"""Runs the program and writes what compose.yaml's containers mount, to `.compose/` and `.env`; Git sees neither."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from compose import build, databases, network
from compose.flink import environment_file, job_environment, job_files, task_managers
from infra.errors import ConfigurationError
from infra.jobs import load_jobs
from infra.kafka import topics_of
from infra.versions import PYTHON_IMAGE
from sandbox import kubernetes
from sandbox.cloud import DeclaredOnly
from sandbox.program import Here, Program, read_settings, run_program
from sandbox.sources import FED, SAMPLE, WRITERS, sample_databases
from sandbox.web_orders import TOPIC

STACK = "sandbox"
FOLDER = ".compose"
_HEADER = "# Written by 'python -m compose' from the program, and again by the next one.\n"


def render(project: Path, job: str, *, orders: int, seed: int) -> None:
    """For one job of jobs/; `ConfigurationError` where something is wrong with it or with the stack file."""
    here = Here(
        aws_endpoint=network.AWS,
        bootstrap_servers=network.BOOTSTRAP_SERVERS,
        registry=network.REGISTRY,
        jobs=(job,),
    )
    settings = read_settings(project, STACK, here)
    topics = topics_of(load_jobs(project / "jobs", settings))
    program = run_program(project, STACK, DeclaredOnly(settings.aws.region), here)
    (deployment,) = program.of_kind("FlinkDeployment")

    folder = project / FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / ".gitignore").write_text("*\n")
    accounts = databases.passwords(folder / "passwords.json")
    entries = databases.entries(accounts)
    shutil.rmtree(folder / job, ignore_errors=True)
    for path, content in job_files(deployment, kubernetes.config_maps(program)).items():
        _write(folder / job / path, content)
    # A job without tables has no catalog.
    _make(folder / job / "catalogs")
    _write(folder / job / "environment.env", environment_file(job_environment(deployment, secrets(program, entries))))
    _write(folder / "aws" / "entries.json", json.dumps(entries, indent=2))
    _write(folder / "aws" / "resources.json", json.dumps(aws_resources(program), indent=1))
    _write(folder / "databases" / "mysql.sql", databases.mysql_script(settings.sources, accounts["mysql"]))
    _write(folder / "databases" / "postgres.sql", databases.postgres_script(settings.sources, accounts["postgres"]))
    # Of the account `postgres`, which nobody uses.
    _write(folder / "databases" / "postgres.env", environment_file({"POSTGRES_PASSWORD": accounts["postgres"].admin}))
    sample = sample_databases(settings.sources)
    if sample is None:
        raise ConfigurationError(f"Pulumi.{STACK}.yaml: sources lacks {' or '.join(SAMPLE)}, which the sample is for")
    fed = settings.sources.get(FED)
    filling = {
        "logins": {engine: asdict(databases.admin(engine, accounts)) for engine in databases.ENGINES},
        "databases": sample,
        "fed": fed.database if fed and fed.engine == "mysql" else None,
        "orders": orders,
        "seed": seed,
    }
    _write(folder / "databases" / "sample.json", json.dumps(filling, indent=2))
    _write(folder / "databases" / "weborders.env", environment_file(_web_orders(sample, entries)))
    _write_dotenv(
        project / ".env",
        {
            "JOB": job,
            "TASKMANAGERS": str(task_managers(deployment)),
            "TOPICS": " ".join(sorted({TOPIC, *topics})),
            "AWS_REGION_PLAYED": settings.aws.region,
            "PYTHON_IMAGE": PYTHON_IMAGE,
            **build.variables(program, job),
        },
    )


def secrets(program: Program, entries: Mapping[str, databases.Entry]) -> dict[str, dict[str, str]]:
    """Secret name → its keys, each from the entry that the ExternalSecret names."""
    found: dict[str, dict[str, str]] = {}
    for external in program.of_kind("ExternalSecret"):
        spec: Any = external.inputs["spec"]
        values = found.setdefault(str(spec["target"]["name"]), {})
        for each in spec["data"]:
            name, key = each["remoteRef"]["key"], each["remoteRef"]["property"]
            if key not in entries.get(name, {}):
                raise ConfigurationError(
                    f"Pulumi.{STACK}.yaml: a source's secret is '{name}' with the key '{key}'; "
                    f"Compose has {', '.join(sorted(entries))}"
                )
            values[each["secretKey"]] = str(entries[name][key])
    return found


def aws_resources(program: Program) -> list[dict[str, Any]]:
    """For `provision.py`: those of AWS, in the order in which they need each other."""
    return [
        {"type": each.type, "name": each.name, "inputs": each.inputs, "id": each.id, "arn": each.outputs.get("arn")}
        for each in program.resources
        if each.type.startswith("aws:")
    ]


def _web_orders(sample: Mapping[str, str], entries: Mapping[str, databases.Entry]) -> dict[str, str]:
    """What images/weborders reads of its environment."""
    found = {
        "KAFKA_BOOTSTRAP_SERVERS": network.BOOTSTRAP_SERVERS,
        "KAFKA_TOPIC": TOPIC,
        "SCHEMA_REGISTRY_URL": network.REGISTRY,
    }
    for source, database in sample.items():
        login = entries[WRITERS[SAMPLE[source]]]
        prefix = source.upper()
        found |= {f"{prefix}_{key.upper()}": str(login[key]) for key in ("host", "port", "username", "password")}
        found[f"{prefix}_DATABASE"] = database
    return found


def _write_dotenv(file: Path, variables: Mapping[str, str]) -> None:
    """Compose reads this one by itself; somebody's own is left alone."""
    if file.exists() and not file.read_text().startswith(_HEADER):
        raise ConfigurationError(
            f"{file.name}: it is not written by 'python -m compose'; move it away, it would be lost"
        )
    file.write_text(_HEADER + environment_file(variables))


def _write(file: Path, content: str) -> None:
    """Readable to the users of containers, whatever the umask; the folder above keeps this machine's others out."""
    _make(file.parent)
    file.write_text(content)
    file.chmod(0o644)


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
