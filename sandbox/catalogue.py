"""What the catalogue's page says of a stack on this machine: its contract, and what its lake and the last demo tell."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from catalogue.measured import measure
from catalogue.page import Demo, Found, page
from infra.outputs import Contract
from sandbox.addresses import Aws
from sandbox.athena.tables import Lake, TableName
from sandbox.cloud import DeclaredOnly
from sandbox.program import Here, read_settings, run_program
from sandbox.state import FOLDER, State

FILE = "catalogue.html"
PLAYED = "sandbox"
"""The stack that is made for one machine: AWS's console never knows of it."""


def write(project: Path, stack: str, state: State | None) -> Path:
    """Write the page of a stack, as its job folders are now; `state`: of the sandbox that runs it, whose lake is asked.

    Raises `ConfigurationError` where the stack file or a job folder is wrong, `QueryError` where the lake cannot be
    read."""
    settings = read_settings(project, stack)
    contract = declared(project, stack, settings.aws.region, state)
    folder = project / FOLDER
    folder.mkdir(exist_ok=True)
    found = None
    if state and state.aws:
        found = look_up(contract, state.aws, demo=folder / "report.json", now=datetime.now(UTC))
    on_aws = state is None and stack != PLAYED and settings.aws.endpoint is None
    text = page(contract, found, made=datetime.now(UTC), on_aws=on_aws)
    file = folder / FILE
    file.write_text(text, encoding="utf-8")
    return file


def declared(project: Path, stack: str, region: str, state: State | None) -> Contract:
    """The contract that the program would export now."""
    here = Here()
    if state and state.aws:
        kafka = state.kafka
        here = Here(
            aws_endpoint=state.aws.endpoint,
            bootstrap_servers=kafka.bootstrap_servers if kafka else None,
            registry=kafka.registry if kafka else None,
            jobs=tuple(state.jobs),
        )
    return Contract.model_validate(run_program(project, stack, DeclaredOnly(region), here).outputs["contract"])


def look_up(contract: Contract, aws: Aws, *, demo: Path, now: datetime) -> Found:
    """Of each table of the contract that is in the lake, what its metadata says; `demo`: the last one's report."""
    lake = Lake(aws)
    there = {TableName(database, name) for database in contract.databases.values() for name in lake.tables(database)}
    measured = {
        name: measure(lake.table(table).metadata, contract.tables[name].freshness, now=now)
        for table in there
        if (name := str(table)) in contract.tables
    }
    return Found(measured, _demos(demo, contract.stack))


def _demos(file: Path, stack: str) -> dict[str, Demo]:
    """By table; none where no demo of the stack has left a report that can be read."""
    try:
        report: dict[str, Any] = json.loads(file.read_bytes())
        p95 = report["freshness_seconds"]["p95"]
        if report["stack"] != stack or p95 is None:
            return {}
        at = datetime.fromisoformat(report["started_at"]).astimezone(UTC)
        return {str(report["table"]): Demo(at, int(report["changes_applied"]), int(report["not_visible"]), float(p95))}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
