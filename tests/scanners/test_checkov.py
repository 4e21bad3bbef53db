"""checkov on what reaches cluster, image and pipeline: rendered Kubernetes objects, Dockerfiles, workflows."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.declared import PROJECT, STACKS
from tests.scanners import kubernetes_files, skips
from tests.scanners.findings import Finding, check
from tests.scanners.scanner import run
from tests.test_program import program

_HAVE_CHECKS = {
    "ClusterRole", "ClusterRoleBinding", "ConfigMap", "CronJob", "DaemonSet", "Deployment", "Ingress", "Job", "Pod",
    "ReplicaSet", "Role", "RoleBinding", "Secret", "Service", "ServiceAccount", "StatefulSet",
}  # fmt: skip
"""Kinds of Kubernetes objects that checkov knows; it passes over others."""


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing but what is to be scanned: all in one run, as checkov takes seconds to start."""
    folder = tmp_path_factory.mktemp("checkov")
    for stack in STACKS:
        kubernetes_files.write(program(stack), folder / "kubernetes" / stack)
    for source in (*PROJECT.glob("images/*/Dockerfile"), *PROJECT.glob(".github/workflows/*.y*ml")):
        target = folder / source.relative_to(PROJECT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    return folder


@pytest.fixture(scope="module")
def reports(staged: Path) -> list[dict[str, Any]]:
    """One for each framework that found something to look at."""
    frameworks = ("--framework", "kubernetes", "dockerfile", "github_actions")
    options = ("--directory", staged, *frameworks, "--skip-download", "--compact", "--output", "json")
    told = run("checkov", "checkov", *options, expected=(0, 1))
    # Of one framework alone checkov writes no list.
    return json.loads(told if told.lstrip().startswith("[") else f"[{told}]")


def test_nothing_fails_without_a_reason(reports: list[dict[str, Any]]) -> None:
    findings = [
        Finding(found["check_id"], _file(found), f"{found['check_name']} ({found['resource']})")
        for report in reports
        # Exceptions stand in skips.py, none in the files.
        for found in (*report["results"]["failed_checks"], *report["results"]["skipped_checks"])
    ]
    check(findings, skips.CHECKOV)


def test_everything_was_looked_at(staged: Path, reports: list[dict[str, Any]]) -> None:
    looked_at = {
        _file(each)
        for report in reports
        for results in ("passed_checks", "failed_checks")
        for each in report["results"][results]
    }
    assert [report["results"]["parsing_errors"] for report in reports] == [[] for _ in reports]
    expected = {str(path.relative_to(staged)) for path in staged.rglob("*") if path.is_file() and _has_checks(path)}
    assert expected - looked_at == set()
    assert "images/flink/Dockerfile" in looked_at


def _file(result: dict[str, Any]) -> str:
    return str(result["file_path"]).lstrip("/")


def _has_checks(path: Path) -> bool:
    return "kubernetes" not in path.parts or yaml.safe_load(path.read_text())["kind"] in _HAVE_CHECKS
