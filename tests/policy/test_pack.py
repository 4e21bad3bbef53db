"""The pack as the engine runs it: a process of its own, asked over gRPC."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import grpc
import pytest
import yaml
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime import proto
from pulumi_policy import EnforcementLevel

from policy import pack
from tests.declared import PROJECT
from tests.policy.given import Given, bucket, job

PACK = PROJECT / "policy"
PAGE = PROJECT / "docs/policy.md"


@pytest.fixture(scope="module")
def engine() -> Iterator[Any]:
    """What the engine's language host does with a pack in Python (`pulumi.policy`)."""
    command = [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:1", str(PACK)]
    with subprocess.Popen(command, cwd=PACK, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            port = process.stdout.readline().strip()
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                yield proto.AnalyzerStub(channel)
        finally:
            process.terminate()


def _struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    struct.update(properties)
    return struct


def _said(response: Any) -> list[tuple[str, str, str]]:
    return [(each.policyName, each.urn, each.message) for each in response.diagnostics]


def analyze(engine: Any, given: Given) -> list[tuple[str, str, str]]:
    options = proto.AnalyzerResourceOptions(protect=given.protect)
    return _said(
        engine.Analyze(
            proto.AnalyzeRequest(
                type=given.type, urn=given.urn, name=given.name, properties=_struct(given.inputs), options=options
            )
        )
    )


def analyze_stack(engine: Any, *stack: Given) -> list[tuple[str, str, str]]:
    resources = [
        proto.AnalyzerResource(
            type=given.type,
            urn=given.urn,
            name=given.name,
            properties=_struct(given.inputs if given.outputs is None else given.outputs),
            options=proto.AnalyzerResourceOptions(protect=given.protect),
        )
        for given in stack
    ]
    return _said(engine.AnalyzeStack(proto.AnalyzeStackRequest(resources=resources)))


def test_the_engine_sees_every_rule_and_all_block(engine: Any) -> None:
    info = engine.GetAnalyzerInfo(empty_pb2.Empty())
    assert info.name == yaml.safe_load((PACK / "PulumiPolicy.yaml").read_text())["name"] == "flink-lakehouse"
    assert {policy.name for policy in info.policies} == {"note-inputs", *(rule.name for rule in pack.RULES)}
    assert {policy.enforcementLevel for policy in info.policies} == {proto.MANDATORY}


def test_a_resource_is_refused_with_a_reason_before_it_is_made(engine: Any) -> None:
    ((rule, _, message),) = analyze(engine, job(job={"upgradeMode": "stateless"}))
    assert rule == "stateless-upgrade"
    assert "\nWhy: " in message
    assert "\nInstead: " in message
    assert analyze(engine, job()) == []


def test_a_stack_is_judged_by_inputs_where_its_preview_has_no_outputs(engine: Any) -> None:
    unprotected = job("unprotected", protect=False, outputs={})
    # Nothing is known of it but that it is: production, as far as anybody said.
    assert analyze(engine, unprotected) == []
    found = analyze_stack(engine, unprotected, bucket("lake"))
    assert ("upsert-table-without-optimizers", unprotected.urn) in [(rule, urn) for rule, urn, _ in found]
    assert ("unprotected-production-state", unprotected.urn) in [(rule, urn) for rule, urn, _ in found]


def test_what_the_engine_marks_as_unknown_ends_no_rule_early(engine: Any) -> None:
    """A rule that stumbled over it would report that it can't run, and find nothing further."""
    unknown = job(image="04da6b54-80e4-46f7-96ec-b56ff0331ba9", job={"upgradeMode": "stateless"})
    assert [rule for rule, _, _ in analyze(engine, unknown)] == ["stateless-upgrade"]


def test_policies_have_names_of_their_own_and_all_block() -> None:
    policies = pack.policies()
    assert len({policy.name for policy in policies}) == len(policies) == len(pack.RULES) + 1
    assert {policy.enforcement_level for policy in policies} == {EnforcementLevel.MANDATORY}


def test_the_pack_runs_in_the_programs_environment() -> None:
    def environment(file: Path) -> Path:
        options = yaml.safe_load(file.read_text())["runtime"]["options"]
        return (file.parent / options["virtualenv"]).resolve()

    assert environment(PACK / "PulumiPolicy.yaml") == environment(PROJECT / "Pulumi.yaml")


@pytest.mark.parametrize("rule", [rule.name for rule in pack.RULES])
def test_every_rule_has_its_place_on_the_page(rule: str) -> None:
    assert f"| `{rule}` |" in PAGE.read_text()
