"""GitHub's workflows: zizmor for what an attacker could use, their JSON Schema for what GitHub would not understand."""

import json
from typing import Any

from tests.declared import PROJECT
from tests.scanners import skips
from tests.scanners.findings import Finding, check
from tests.scanners.scanner import run

_FOLDER = PROJECT / ".github" / "workflows"
_WORKFLOWS = sorted(_FOLDER.glob("*.y*ml"))


def test_no_workflow_has_a_finding_without_a_reason() -> None:
    assert _WORKFLOWS
    # Exceptions stand in skips.py, none in the files.
    options = ("--offline", "--no-ignores", "--strict-collection", "--no-exit-codes", "--format", "json")
    told: Any = json.loads(run("zizmor", "zizmor", *options, PROJECT / ".github", PROJECT / ".pre-commit-config.yaml"))
    findings: list[Finding] = []
    for found in told:
        (place,) = [each for each in found["locations"] if each["symbolic"]["kind"] == "Primary"][:1]
        file = place["symbolic"]["key"]["Local"]["verbatim_path"].removeprefix(f"{PROJECT}/")
        line = place["concrete"]["location"]["start_point"]["row"] + 1
        findings.append(Finding(found["ident"], file, f"{place['symbolic']['annotation']} (line {line})"))
    check(findings, skips.ZIZMOR)


def test_every_workflow_is_what_github_understands() -> None:
    assert _WORKFLOWS
    run("check-jsonschema", "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *_WORKFLOWS)


def test_the_update_bots_configuration_is_what_it_understands() -> None:
    run("check-jsonschema", "check-jsonschema", "--builtin-schema", "vendor.renovate", PROJECT / "renovate.json")
