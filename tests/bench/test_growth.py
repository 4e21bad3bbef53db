"""What the program does grows with its jobs and no faster. Counted, since times are the benchmark's (bench/)."""

from collections import Counter
from pathlib import Path
from typing import Any, cast

import pulumi
import pytest

from bench.measured import registrations_of
from bench.projects import project_with
from sandbox.cloud import DeclaredOnly
from sandbox.program import run_program

FEW, MORE, MANY = 1, 3, 7


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Counter[str]]:
    """The number of jobs → registrations by their type, and calls of `Output.apply`."""
    folder = tmp_path_factory.mktemp("projects")
    return {jobs: _counts(project_with(jobs, folder / str(jobs))) for jobs in (FEW, MORE, MANY)}


def _counts(project: Path) -> Counter[str]:
    calls = 0
    apply = cast(Any, pulumi.Output).apply

    def counting(self: pulumi.Output[Any], *arguments: Any, **options: Any) -> pulumi.Output[Any]:
        nonlocal calls
        calls += 1
        return apply(self, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pulumi.Output, "apply", counting)
        run = run_program(project, "prod", DeclaredOnly("eu-west-1"))
    return Counter({"Output.apply": calls, **Counter(each["type"] for each in registrations_of(run))})


def test_every_job_adds_the_same_resources(counted: dict[int, Counter[str]]) -> None:
    more = {what: count - counted[FEW][what] for what, count in counted[MORE].items() if what != "Output.apply"}
    many = {what: count - counted[MORE][what] for what, count in counted[MANY].items() if what != "Output.apply"}
    assert sum(more.values()) >= (MORE - FEW) * 20
    assert {what: added / (MORE - FEW) for what, added in more.items()} == {
        what: added / (MANY - MORE) for what, added in many.items()
    }


def test_work_on_outputs_grows_with_the_jobs(counted: dict[int, Counter[str]]) -> None:
    per_job = (counted[MORE]["Output.apply"] - counted[FEW]["Output.apply"]) / (MORE - FEW)
    with_many = (counted[MANY]["Output.apply"] - counted[MORE]["Output.apply"]) / (MANY - MORE)
    assert with_many == per_job
