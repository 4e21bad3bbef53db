"""What a job's program is given while it is planned: all that its container would have, but for two things.

Its variables have values that stand for themselves, so that a plan is the same for every stack; and each catalog is an
empty Iceberg catalog in a temporary folder, so that no database and no cloud is needed.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from infra import flink_deployment
from infra.catalog_store import catalog_file
from infra.flink_deployment import Surroundings
from infra.job_sources import SECRET_KEYS, variable
from infra.jobs import Job
from infra.kafka import NO_USER, SECURITY
from infra.placement import Placement
from infra.settings.flink import FlinkSettings
from sandbox.flink.home import Home
from sandbox.flink.job_environment import job_environment
from sandbox.flink.job_jar import job_jar

_CATALOG = "lakehouse.planner.PlanningCatalog"
_LISTENER = "lakehouse-planner"
_REGION = "eu-west-1"

_KAFKA = {
    "bootstrap-servers": "localhost:9092",
    "registry": "http://localhost:8080",
    "registry-user-info": NO_USER,
    **SECURITY["none"],
}


class PlannedHome:
    """A job's /opt/flink in `folder`, and what `sandbox/planner` is asked about it."""

    def __init__(self, job: Job, folder: Path) -> None:
        (folder / "tmp").mkdir(parents=True)
        self._home = Home(folder / "opt-flink")
        self.plan, self.failure = folder / "plan.json", folder / "failure"
        self.termination_log = folder / "termination-log"
        self.termination_log.touch()
        spec = _spec(job)
        self._home.build(
            spec,
            {"files": job.files.mounted, "catalogs": dict(_catalogs(job, folder / "warehouse"))},
            {
                # Operators that run equally often are chained, and ids follow from that.
                "parallelism.default": str(job.manifest.parallelism),
                "table.catalog-modification.listeners": _LISTENER,
            },
            jar=job_jar(job.folder.resolve()),
            environment=job_environment(job.folder.resolve()),
        )
        self.asked: dict[str, Any] = {
            "home": str(self._home.path),
            "environment": self._environment() | dict(variables(job, files=folder / "files")),
            "main": spec["job"]["entryClass"],
            "arguments": [self._home.local(argument) for argument in spec["job"]["args"]],
            "temporary": str(folder / "tmp"),
            "answer": str(self.plan),
            "failure": str(self.failure),
        }

    def _environment(self) -> dict[str, str]:
        home = self._home.path
        return {
            **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
            "AWS_REGION": _REGION,
            "TERMINATION_LOG": str(self.termination_log),
            "FLINK_CONF_DIR": str(home / "conf"),
            "FLINK_LIB_DIR": str(home / "lib"),
            "FLINK_PLUGINS_DIR": str(home / "plugins"),
            "FLINK_OPT_DIR": str(home / "opt"),
        }


def variables(job: Job, files: Path) -> Iterator[tuple[str, str]]:
    """A value for whatever job.yaml lets the job ask for, of the right form and of no stack: `infra/job_sources.py` has
    the real ones. `files`: where exported files would go."""
    manifest = job.manifest
    for table in job.tables:
        yield variable("database", table.write.table.partition(".")[0]), table.database
    for name in manifest.files:
        yield variable("files", name), (files / name).as_uri()
    for each in (*manifest.reads, *manifest.feeds):
        yield variable(each.source, "database"), each.source
        for key in SECRET_KEYS:
            yield variable(each.source, key), "5432" if key == "port" else each.source
    for read in manifest.reads:
        for table in read.tables:
            # Which of the two a database has, the stack file says.
            yield variable(read.source, "server-id", table), "5400-6423"
            yield variable(read.source, "slot", table), table
        for topic in read.topics:
            yield variable(read.source, "group", topic), topic
        if read.topics:
            yield from ((variable(read.source, key), value) for key, value in _KAFKA.items())


def _catalogs(job: Job, warehouse: Path) -> Iterator[tuple[str, str]]:
    for name in ("lake", *job.manifest.catalogs):
        options = {"type": "iceberg", "catalog-impl": _CATALOG, "warehouse": (warehouse / name).as_uri()}
        if name == "lake" and job.tables:
            options["default-database"] = job.tables[0].database
        yield f"{name}.yaml", catalog_file(options)


def _spec(job: Job) -> dict[str, Any]:
    """As every stack has it, in what a plan follows from."""
    around = Surroundings(
        image="planned",
        state_bucket="planned",
        service_account="planned",
        files_config_map="files",
        catalog_config_map="catalogs",
        sources_secret=None,
        environment={},
        region=_REGION,
        endpoint=None,
        placement=Placement(),
    )
    # A script may call a database by a stack's name for it, which nobody knows here: `plan.py` looks at the promises.
    return flink_deployment.spec(replace(job, tables=()), FlinkSettings(high_availability=False), around)
