"""What a job is, of all that the program declares: its FlinkDeployment, its tables, what it says of itself."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from infra.job_sources import variable
from infra.jobs import Job
from sandbox.cloud import Declared
from sandbox.flink.home import main_container
from sandbox.flink.session_jobs import applications
from sandbox.program import Program


@dataclass(frozen=True)
class Definition:
    """One job as the program declared it."""

    job: Job
    deployment: Declared
    tables: tuple[str, ...]
    """`<database>.<table>` of the lake that it writes."""
    image: str
    """Of a job with code of its own, its image's tag, which names that code."""
    config_maps: Mapping[str, Mapping[str, str]]
    """By their Kubernetes names, which have the hash of what is in them; `secrets` likewise, without."""
    secrets: Mapping[str, Mapping[str, str]]

    @property
    def name(self) -> str:
        return self.job.name

    @property
    def spec(self) -> Mapping[str, Any]:
        return cast(Mapping[str, Any], self.deployment.inputs["spec"])

    @property
    def slots(self) -> list[str]:
        """Its replication slots, as its environment names them."""
        fronts = tuple(f"{variable(read.source, 'slot')}_" for read in self.job.manifest.reads)
        variables = main_container(self.spec["podTemplate"]["spec"])["env"]
        return [str(each["value"]) for each in variables if str(each["name"]).startswith(fronts)]

    @cached_property
    def identity(self) -> str:
        """The same for two that run alike."""
        text = json.dumps([self.spec, self.image], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


def definitions(
    program: Program,
    jobs: list[Job],
    config_maps: Mapping[str, Mapping[str, str]],
    secrets: Mapping[str, Mapping[str, str]],
) -> list[Definition]:
    """Of all jobs that the program runs."""
    known = {job.name: job for job in jobs}
    images = {each.name: str(each.inputs.get("tags")) for each in program.of_kind("Image")}
    found: list[Definition] = []
    for deployment in applications(program):
        job = known[str(deployment.inputs["metadata"]["name"])]
        tables = tuple(f"{table.database}.{table.name}" for table in job.tables)
        found.append(Definition(job, deployment, tables, images.get(f"flink-{job.name}", ""), config_maps, secrets))
    return found
