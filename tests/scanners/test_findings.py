"""Skips: each finding has one with its reason, and each of them a finding."""

import pytest

from tests.scanners.findings import Finding, Skip, check

ROOT_USER = Finding("RUNS_AS_ROOT", "kubernetes/dev/Pod-one.yaml", "runs as root")
NO_PROBE = Finding("NO_PROBE", "kubernetes/dev/Pod-one.yaml", "has no probe")


def test_what_is_explained_passes() -> None:
    check([ROOT_USER, NO_PROBE], [Skip("RUNS_AS_ROOT", "*/Pod-*.yaml", "…"), Skip("NO_PROBE", NO_PROBE.where, "…")])


def test_a_finding_without_a_skip_is_told_with_its_place() -> None:
    with pytest.raises(AssertionError, match=r"kubernetes/dev/Pod-one\.yaml: NO_PROBE: has no probe"):
        check([ROOT_USER, NO_PROBE], [Skip("RUNS_AS_ROOT", "*/Pod-*.yaml", "…")])


def test_a_skip_covers_its_own_place_and_check_only() -> None:
    for skip in (Skip("NO_PROBE", "kubernetes/prod/*", "…"), Skip("RUNS_AS_ROOT", "*", "…")):
        assert not skip.covers(NO_PROBE)


def test_a_skip_that_nothing_needs_any_more_must_go() -> None:
    with pytest.raises(AssertionError, match=r"\*: NO_PROBE: skipped, but not found any more"):
        check([ROOT_USER], [Skip("RUNS_AS_ROOT", "*", "…"), Skip("NO_PROBE", "*", "…")])
