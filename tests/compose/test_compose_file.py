"""compose.yaml: what Compose understands, each image pinned, each file and variable that it names written."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from compose.build import BUILD_ARGUMENTS, NAMED_CONTEXTS
from infra.versions import KAFKA
from tests.compose.conftest import Rendered
from tests.compose.given import FILE, VARIABLE, dotenv, local_container, services
from tests.declared import JOBS, PROJECT
from tests.scanners.scanner import run

FLINK = ["jobmanager", "taskmanager", "sql-client", "session-jobmanager", "session-taskmanager"]


def test_it_is_what_the_compose_specification_says() -> None:
    run("check-jsonschema", "check-jsonschema", "--builtin-schema", "vendor.compose-spec", FILE)


def test_compose_itself_takes_it(rendered: Rendered) -> None:
    docker = shutil.which("docker")
    if not docker or subprocess.run([docker, "compose", "version"], capture_output=True).returncode != 0:
        pytest.skip("there is no docker compose on this machine")
    project = rendered("enriched-orders")
    shutil.copy(FILE, project)
    for profile in ("", "weborders", "sql", "image"):
        command = [docker, "compose", "--project-directory", project, "--file", project / FILE.name]
        done = subprocess.run([*command, "--profile", profile, "config"], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert "is not set" not in done.stderr


def test_each_image_is_built_here_or_pinned_by_digest() -> None:
    for name, service in services().items():
        if "build" not in service:
            assert re.fullmatch(r"[\w.]+/[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}", service["image"]), name


@pytest.mark.parametrize(("service", "file"), [("mysql", "mysql.yaml"), ("postgres", "postgres.yaml")])
def test_databases_are_those_of_the_local_cluster(service: str, file: str) -> None:
    ours, theirs = services()[service], local_container(file)
    assert ours["image"] == theirs["image"]
    assert ours["command"] == theirs["args"]


def test_aws_is_played_as_in_the_local_cluster() -> None:
    theirs = local_container("aws.yaml")
    assert services()["aws"]["image"] == services()["platform"]["image"] == theirs["image"]
    assert [*services()["aws"]["entrypoint"], *services()["aws"]["command"]] == theirs["command"]


def test_kafka_is_of_the_line_of_the_platform() -> None:
    assert services()["topics"]["image"] == services()["kafka"]["image"]
    assert f":{KAFKA.split('x')[0]}" in services()["kafka"]["image"]


def test_only_this_machine_reaches_a_port() -> None:
    assert all(port.startswith("127.0.0.1:") for service in services().values() for port in service.get("ports", []))


def test_no_password_stands_in_it() -> None:
    given = {name: value for each in services().values() for name, value in each.get("environment", {}).items()}
    assert {name: value for name, value in given.items() if "PASSWORD" in name} == {"MYSQL_RANDOM_ROOT_PASSWORD": "yes"}


def test_each_part_waits_for_what_there_is() -> None:
    found = services()
    for service in found.values():
        for needed, how in service.get("depends_on", {}).items():
            assert needed in found
            assert how["condition"] != "service_healthy" or "healthcheck" in found[needed], needed


@pytest.mark.parametrize("job", JOBS)
def test_all_that_it_names_is_written(rendered: Rendered, job: str) -> None:
    project = rendered(job)
    variables = dotenv((project / ".env").read_text())
    assert set(VARIABLE.findall(FILE.read_text())) == set(variables)
    for file in _named_files(variables):
        assert (project / file).exists() or (PROJECT / file).exists(), file
    build = services()["jobmanager"]["build"]
    context = project / variables["JOB_CONTEXT"]
    assert (context / variables["JOB_DOCKERFILE"]).resolve().is_file()
    assert set(build["args"]) == set(BUILD_ARGUMENTS)
    assert build["additional_contexts"] == NAMED_CONTEXTS


@pytest.mark.parametrize("name", FLINK)
def test_a_flink_container_may_as_little_as_its_pod(name: str) -> None:
    service = services()[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def _named_files(variables: dict[str, str]) -> set[Path]:
    found: set[str] = set()
    for service in services().values():
        mounts: list[Any] = service.get("volumes", [])
        found |= {mount.split(":")[0] for mount in mounts if mount.startswith("./")}
        found |= set(service.get("env_file", []))
    return {Path(VARIABLE.sub(lambda match: "{" + match[1], file).format(**variables)) for file in found}
