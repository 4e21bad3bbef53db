"""One version of Flink everywhere: in the image, in the sandbox, for the operator."""

import ast
import json
import re
from importlib.metadata import version
from typing import Any
from xml.etree import ElementTree

from infra import versions
from tests.declared import PROJECT


def test_the_sandbox_runs_the_flink_of_the_image() -> None:
    assert version("apache-flink-libraries") == versions.FLINK
    assert f"flink:{versions.FLINK}-" in versions.FLINK_BASE_IMAGE


def test_the_operator_is_told_the_same_line() -> None:
    assert f"v{'_'.join(versions.FLINK.split('.')[:2])}" == versions.FLINK_VERSION


def test_the_runner_is_compiled_against_the_same_line() -> None:
    pom = ElementTree.parse(PROJECT / "images" / "flink" / "pom.xml")
    compiled = pom.findtext(".//{*}properties/{*}flink.version") or ""
    assert compiled.split(".")[:2] == versions.FLINK.split(".")[:2]


RENOVATE: dict[str, Any] = json.loads((PROJECT / "renovate.json").read_text())
PINS = (PROJECT / "infra" / "versions.py").read_text()

DERIVED = {"FLINK_VERSION"}
"""Follows from another one, as another test says."""


def found_by_the_update_bot() -> list[re.Match[str]]:
    patterns = [each["matchStrings"][0].replace("(?<", "(?P<") for each in RENOVATE["customManagers"]]
    return [match for pattern in patterns for match in re.finditer(pattern, PINS)]


def test_every_digest_and_chart_is_one_that_the_update_bot_finds() -> None:
    found = [match.groupdict() for match in found_by_the_update_bot()]
    assert all(each.get("currentValue") for each in found)
    assert {each["currentDigest"] for each in found if "currentDigest" in each} == set(
        re.findall(r"sha256:\w{64}", PINS)
    )
    assert sum("registryUrl" in each for each in found) == PINS.count("= ChartPin(")


def test_no_pin_escapes_the_update_bot() -> None:
    found = [match.start(group) for match in found_by_the_update_bot() for group in match.groupdict()]
    lines = {PINS.count("\n", 0, place) for place in found}
    escaped = {
        target.id
        for node in ast.parse(PINS).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        # The version of some stands in the text below them.
        if isinstance(target, ast.Name) and not lines & set(range(node.lineno - 1, (node.end_lineno or 0) + 1))
    }
    assert escaped == DERIVED


def test_a_kafka_of_msk_is_looked_up_by_its_line() -> None:
    (kafka,) = [each for each in found_by_the_update_bot() if each.re.pattern.startswith("KAFKA")]
    assert f"{kafka['currentValue']}.kraft" == versions.KAFKA


def test_the_update_bot_knows_what_python_jobs_import_and_keeps_flink_together() -> None:
    (pattern,) = RENOVATE["pip_requirements"]["managerFilePatterns"]
    named = sorted(path.relative_to(PROJECT).as_posix() for path in PROJECT.glob("jobs/*/requirements.in"))
    assert named
    assert all(re.search(pattern.strip("/"), name) for name in named)
    assert f"\napache-flink=={versions.FLINK}\n" in (PROJECT / named[0]).read_text()
    together, held = RENOVATE["packageRules"][:2]
    assert {"apache-flink", "apache-flink-libraries"} <= set(together["matchPackageNames"])
    assert {"apache-flink", "apache-flink-libraries"} <= set(held["matchPackageNames"])
    assert held["allowedVersions"] == "< 2"
