"""The programs beside the tests of a cluster, with a docker, kind, helm and kubectl that write down what they are
told."""

import json
import stat
import subprocess
from pathlib import Path

import pytest
import yaml

from infra.versions import CERT_MANAGER, FLINK_BASE_IMAGE, FLINK_OPERATOR, FLINK_OPERATOR_IMAGE, MAVEN_IMAGE
from tests.cluster import operators
from tests.declared import PROJECT

DIGEST = f"sha256:{'d' * 64}"


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the programs write their arguments, a line each, and below a call what they read."""
    log = tmp_path / "told"
    answers = {
        "docker": f"""case "$1" in
  inspect)
    case "$*" in
      *RepoDigests*) echo other/flink@{DIGEST}; echo localhost:5001/flink@{DIGEST} ;;
      *) echo null ;;
    esac ;;
  exec) case "$*" in *hosts.toml) cat >> {log} ;; esac ;;
esac""",
        "kind": 'case "$*" in "get nodes"*) echo lakehouse-control-plane ;; esac',
        "helm": f"cat >> {log}",
        "kubectl": f"cat >> {log}; echo >> {log}",
    }
    for name, script in answers.items():
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\necho "{name} $*" >> {log}\n{script}\n')
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return log


def kind_sh(*arguments: str) -> str:
    command = [PROJECT / "local" / "kind.sh", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_image_is_built_of_the_pinned_ones_and_called_by_its_digest_here(told: Path) -> None:
    assert kind_sh("image") == f"localhost:5001/flink@{DIGEST}\n"
    build, push, _ = told.read_text().splitlines()
    assert f"--build-arg FLINK_IMAGE={FLINK_BASE_IMAGE} --build-arg MAVEN_IMAGE={MAVEN_IMAGE}" in build
    assert push == "docker push localhost:5001/flink:local"


def test_a_cluster_pulls_from_the_registry_beside_it(told: Path) -> None:
    assert "kind-lakehouse" in kind_sh("up")
    said = told.read_text()
    assert f"kind create cluster --config {PROJECT}/local/kind.yaml" in said
    assert '[host."http://lakehouse-registry:5000"]' in said
    assert "docker network connect kind lakehouse-registry" in said


def test_what_it_does_not_know_it_does_not_do(told: Path) -> None:
    done = subprocess.run([PROJECT / "local" / "kind.sh", "dwon"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "kind.sh down" in done.stdout
    assert not told.exists()


def test_operators_are_those_of_the_program(told: Path) -> None:
    operators.install("kind-lakehouse")
    said = told.read_text()
    first, second = [line for line in said.splitlines() if line.startswith("helm")]
    assert f"cert-manager --repo {CERT_MANAGER.repository} --version {CERT_MANAGER.version}" in first
    assert f"{FLINK_OPERATOR.chart} --repo {FLINK_OPERATOR.repository} --version {FLINK_OPERATOR.version}" in second
    assert "--kube-context kind-lakehouse" in first and "--kube-context kind-lakehouse" in second
    values = yaml.safe_load(said[said.index(second) + len(second) :])
    assert values["image"] == {"digest": FLINK_OPERATOR_IMAGE}
    # No namespace is known beforehand: each test makes one.
    assert values["watchNamespaces"] == []
    (applied,) = [line for line in said.splitlines() if line.startswith('{"apiVersion"')]
    _, secret = json.loads(applied)["items"]
    reference = values["webhook"]["keystore"]["passwordSecretRef"]
    assert secret["metadata"]["name"] == reference["name"]
    assert len(secret["stringData"][reference["key"]]) >= 32
