"""One version of Flink everywhere: in the image, in the sandbox, for the operator."""

import json
import re
from importlib.metadata import version
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


def test_every_digest_and_chart_is_one_that_the_update_bot_finds() -> None:
    text = (PROJECT / "infra" / "versions.py").read_text()
    managers = json.loads((PROJECT / "renovate.json").read_text())["customManagers"]
    patterns = [re.compile(each["matchStrings"][0].replace("(?<", "(?P<")) for each in managers]
    found = [match.groupdict() for pattern in patterns for match in pattern.finditer(text)]
    assert all(each.get("currentValue") for each in found)
    assert {each["currentDigest"] for each in found if "currentDigest" in each} == set(
        re.findall(r"sha256:\w{64}", text)
    )
    assert sum("registryUrl" in each for each in found) == text.count("= ChartPin(")
