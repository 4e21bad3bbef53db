"""What the containers are given is what the program declares."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from compose.flink import environment_file
from compose.network import AWS, BOOTSTRAP_SERVERS, REGISTRY
from compose.render import render
from infra.errors import ConfigurationError
from sandbox.cloud import DeclaredOnly
from sandbox.program import Here, Program, run_program
from tests.compose.conftest import Rendered
from tests.compose.given import dotenv, services
from tests.declared import PROJECT, copied

JOB = "enriched-orders"
ADDED = {
    *("env.java.opts.all", "parallelism.default", "rest.port", "rest.bind-address", "jobmanager.rpc.port"),
    *("jobmanager.bind-host", "jobmanager.memory.process.size"),
    *("taskmanager.bind-host", "taskmanager.memory.process.size"),
}


def declared(job: str) -> Program:
    here = Here(AWS, BOOTSTRAP_SERVERS, REGISTRY, jobs=(job,))
    return run_program(PROJECT, "sandbox", DeclaredOnly("eu-west-1"), here)


def spec_of(job: str) -> dict[str, Any]:
    (deployment,) = declared(job).of_kind("FlinkDeployment")
    return dict(deployment.inputs["spec"])


@pytest.mark.parametrize("job", [JOB, "weborders-lake"])
def test_flinks_configuration_is_the_programs(rendered: Rendered, job: str) -> None:
    spec, folder = spec_of(job), rendered(job) / ".compose" / job
    own = spec["flinkConfiguration"]
    found = yaml.safe_load((folder / "conf" / "config.yaml").read_text())
    assert own.items() <= found.items()
    assert {key for key in found.keys() - own.keys() if not key.startswith("high-availability")} == ADDED
    assert found["taskmanager.memory.process.size"] == spec["taskManager"]["resource"]["memory"]
    assert (folder / "conf" / "log4j-console.properties").read_text() == spec["logConfiguration"][
        "log4j-console.properties"
    ]


def test_zookeeper_elects_the_jobs_leader_and_not_the_session_clusters(rendered: Rendered) -> None:
    folder = rendered(JOB) / ".compose" / JOB
    job, session = (yaml.safe_load((folder / name / "config.yaml").read_text()) for name in ("conf", "session"))
    assert job["high-availability.type"] == "zookeeper"
    assert job["high-availability.zookeeper.quorum"] == "zookeeper:2181"
    assert job["high-availability.storageDir"] == "s3://lake-state/enriched-orders/ha"
    assert not [key for key in session if key.startswith("high-availability")]
    assert session["jobmanager.rpc.address"] == session["rest.address"] == "session-jobmanager"
    assert {"zookeeper", "session-jobmanager"} <= services().keys()


def test_containers_mount_what_pods_do(rendered: Rendered) -> None:
    config_maps = {
        str(each.inputs["metadata"]["name"]): each.inputs["data"] for each in declared(JOB).of_kind("ConfigMap")
    }
    pod = spec_of(JOB)["podTemplate"]["spec"]
    mounts = {mount["name"]: mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]}
    ours = [mount.split(":") for mount in services()["taskmanager"]["volumes"]]
    where = {target[0]: source for source, *target in ours if target}
    for volume in pod["volumes"]:
        if "configMap" in volume:
            folder = rendered(JOB) / where[mounts[volume["name"]]].replace("${JOB}", JOB)
            files = {file.name: file.read_text() for file in folder.iterdir()}
            assert files == config_maps[volume["configMap"]["name"]]
    writable = {mounts[volume["name"]] for volume in pod["volumes"] if "emptyDir" in volume}
    tmpfs = {mount.split(":")[0] for mount in services()["taskmanager"]["tmpfs"]}
    assert writable == tmpfs | {source for source, *target in ours if not target}


@pytest.mark.parametrize("job", [JOB, "operations-orders", "weborders-lake"])
def test_the_environment_is_the_pods_with_the_secrets_filled_in(rendered: Rendered, job: str) -> None:
    project, program = rendered(job), declared(job)
    found = dotenv((project / ".compose" / job / "environment.env").read_text())
    (container,) = spec_of(job)["podTemplate"]["spec"]["containers"]
    plain = {variable["name"]: variable["value"] for variable in container["env"]}
    entries = json.loads((project / ".compose" / "aws" / "entries.json").read_text())
    secret = {
        each["secretKey"]: str(entries[each["remoteRef"]["key"]][each["remoteRef"]["property"]])
        for external in program.of_kind("ExternalSecret")
        for each in external.inputs["spec"]["data"]
    }
    assert found == secret | plain


@pytest.mark.parametrize("job", [JOB, "enriched-orders-java", "order-sessions"])
def test_a_jobmanager_is_started_with_the_jobs_class_and_arguments(
    rendered: Rendered, job: str, tmp_path: Path
) -> None:
    script = (rendered(job) / ".compose" / job / "start" / "jobmanager.sh").read_text()
    entrypoint = tmp_path / "entrypoint"
    entrypoint.write_text('#!/bin/bash\nprintf "%s\\n" "$@"\n')
    entrypoint.chmod(0o755)
    script = script.replace("/docker-entrypoint.sh", str(entrypoint))
    done = subprocess.run(["bash", "-eu"], input=script, capture_output=True, text=True, check=True)
    said, declared_job = done.stdout.splitlines(), spec_of(job)["job"]
    assert said[:2] == ["standalone-job", "--host"]
    assert said[3:5] == ["--job-classname", declared_job["entryClass"]]
    assert said[-len(declared_job["args"]) :] == declared_job["args"]


def test_a_job_with_code_of_its_own_is_built_on_the_image_that_was_built_here(rendered: Rendered) -> None:
    (common, own) = (dotenv((rendered(job) / ".env").read_text()) for job in (JOB, "enriched-orders-java"))
    assert common["JOB_IMAGE"] == own["JOB_FLINK_IMAGE"] == services()["flink"]["image"]
    assert common["JOB_FLINK_IMAGE"] == common["FLINK_IMAGE"] == own["FLINK_IMAGE"]
    assert own["JOB_IMAGE"] != common["JOB_IMAGE"]


def test_passwords_are_chosen_once_and_stay_out_of_git_and_of_dotenv(tmp_path: Path) -> None:
    project = copied(tmp_path)
    render(project, JOB, orders=20, seed=1)
    chosen = (project / ".compose" / "passwords.json").read_text()
    render(project, "weborders-lake", orders=20, seed=1)
    assert (project / ".compose" / "passwords.json").read_text() == chosen
    words = [word for engine in json.loads(chosen).values() for word in engine.values()]
    assert len(set(words)) == 6
    assert not [word for word in words if word in (project / ".env").read_text()]
    subprocess.run(["git", "init", "--quiet", project], check=True)
    asked = ["git", "-C", project, "status", "--porcelain", "--untracked-files=all"]
    seen = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    assert "compose" not in seen


def test_somebodys_own_dotenv_is_left_alone(tmp_path: Path) -> None:
    project = copied(tmp_path)
    (project / ".env").write_text("TOKEN=mine\n")
    with pytest.raises(ConfigurationError, match=r"^\.env: "):
        render(project, JOB, orders=20, seed=1)
    assert (project / ".env").read_text() == "TOKEN=mine\n"


def test_an_unknown_job_is_told_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"did you mean .enriched-orders."):
        render(copied(tmp_path), "enriched-order", orders=20, seed=1)


def test_a_secret_that_compose_has_not_is_told(tmp_path: Path) -> None:
    project = copied(tmp_path)
    stack = project / "Pulumi.sandbox.yaml"
    stack.write_text(stack.read_text().replace("secret: sandbox/postgres", "secret: elsewhere/postgres"))
    with pytest.raises(ConfigurationError, match="'elsewhere/postgres'"):
        render(project, JOB, orders=20, seed=1)


def test_a_build_that_compose_yaml_does_not_know_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compose.build.BUILD_ARGUMENTS", ("FLINK_IMAGE",))
    with pytest.raises(ConfigurationError, match="built with JOB, MAVEN_IMAGE, which"):
        render(copied(tmp_path), "enriched-orders-java", orders=20, seed=1)


def test_what_an_environment_file_cannot_hold_is_refused() -> None:
    assert dotenv(environment_file({"A": 'x "$HOME" #'})) == {"A": 'x "$HOME" #'}
    with pytest.raises(ConfigurationError, match=r"^A: "):
        environment_file({"A": "it's"})
