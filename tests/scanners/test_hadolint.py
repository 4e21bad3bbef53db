"""hadolint on every Dockerfile."""

import json

from tests.declared import PROJECT
from tests.scanners import skips
from tests.scanners.findings import Finding, check
from tests.scanners.scanner import run

_DOCKERFILES = sorted(PROJECT.glob("images/*/Dockerfile"))


def test_no_dockerfile_has_a_finding_without_a_reason() -> None:
    assert _DOCKERFILES
    # Exceptions stand in skips.py, none in the files.
    options = ("--disable-ignore-pragma", "--format", "json")
    told = run("hadolint", "hadolint", *options, *_DOCKERFILES, expected=(0, 1))
    findings = [
        Finding(found["code"], found["file"].removeprefix(f"{PROJECT}/"), f"{found['message']} (line {found['line']})")
        for found in json.loads(told)
    ]
    check(findings, skips.HADOLINT)
