"""The steps that compare a pull request with the commit that it goes onto: what they hand on, and how they end."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from review.costs import read_costs
from tests.declared import PROJECT

SCRIPTS = PROJECT / ".github" / "scripts"

PROGRAM = "import json, sys\nprint(json.dumps({{'arguments': sys.argv[1:], 'commit': '{}'}}))\n"
OLD_PROGRAM = "import sys\nprint('unknown arguments')\nsys.exit(2)\n"

LAKEHOUSE = """#!/bin/bash
echo "lakehouse $*"
while [ $# -gt 0 ] && [ "$1" != --markdown ]; do shift; done
if [ -n "$VERDICT" ]; then echo "$VERDICT" > "$2"; fi
exit "$ENDS"
"""


class Checkout:
    """Of a project whose `costs` and `lakehouse` do nothing but tell how they were asked."""

    def __init__(self, folder: Path) -> None:
        self.project = folder / "project"
        self._summary = folder / "summary"
        tools = self.project / ".venv" / "bin"
        tools.mkdir(parents=True)
        (tools / "python").symlink_to(sys.executable)
        (tools / "lakehouse").write_text(LAKEHOUSE)
        (tools / "lakehouse").chmod(0o755)
        (self.project / ".gitignore").write_text(".venv\n")
        self._git("init", "--quiet")

    def commit(self, program: str) -> None:
        package = self.project / "costs"
        package.mkdir(exist_ok=True)
        (package / "__main__.py").write_text(program)
        self._git("add", "--all")
        self._git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "--message", "change")

    def _git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=self.project, check=True, capture_output=True)

    def run(
        self, script: str, *arguments: str | Path, verdict: str = "", ends: int = 0, accepted: str = "false"
    ) -> tuple[int, str]:
        """How it ended, and what it said and left in the summary."""
        environment = {
            "PATH": os.environ["PATH"],
            "VERDICT": verdict,
            "ENDS": str(ends),
            "ACCEPTED": accepted,
            "GITHUB_STEP_SUMMARY": str(self._summary),
        }
        command = [SCRIPTS / script, *arguments]
        done = subprocess.run(command, cwd=self.project, env=environment, check=False, capture_output=True, text=True)
        return done.returncode, done.stdout + (self._summary.read_text() if self._summary.exists() else "")

    def worktrees(self) -> int:
        listed = subprocess.run(["git", "worktree", "list"], cwd=self.project, check=True, capture_output=True)
        return len(listed.stdout.splitlines())


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_both_commits_are_estimated_each_by_its_own_program(checkout: Checkout, tmp_path: Path) -> None:
    checkout.commit(PROGRAM.format("before"))
    checkout.commit(PROGRAM.format("after"))
    folder = tmp_path / "compared"
    assert checkout.run("compare.sh", "prod", folder, verdict="#### All stay")[0] == 0
    for commit in ("before", "after"):
        found = json.loads((folder / f"costs-{commit}.json").read_text())
        assert found == {"arguments": ["prod", "--json"], "commit": commit}
    assert (folder / "impact.md").read_text() == "#### All stay\n"
    assert checkout.worktrees() == 1


def test_a_base_that_knows_no_estimate_leaves_an_empty_one(checkout: Checkout, tmp_path: Path) -> None:
    checkout.commit(OLD_PROGRAM)
    checkout.commit(PROGRAM.format("after"))
    assert checkout.run("compare.sh", "prod", tmp_path / "compared", verdict="x")[0] == 0
    assert (tmp_path / "compared" / "costs-before.json").read_text() == ""
    assert read_costs(tmp_path / "compared" / "costs-before.json") is None
    assert (tmp_path / "compared" / "costs-after.json").read_text()


def test_a_checkout_of_one_commit_has_nothing_to_compare_with(checkout: Checkout, tmp_path: Path) -> None:
    checkout.commit(PROGRAM.format("after"))
    assert checkout.run("compare.sh", "prod", tmp_path / "compared", verdict="x")[0] == 0
    assert (tmp_path / "compared" / "costs-before.json").read_text() == ""
    assert "after" in (tmp_path / "compared" / "costs-after.json").read_text()


def test_a_verdict_that_fails_is_said_to_be_unknown(checkout: Checkout, tmp_path: Path) -> None:
    checkout.commit(PROGRAM.format("before"))
    checkout.commit(PROGRAM.format("after"))
    assert checkout.run("compare.sh", "prod", tmp_path / "compared", ends=1)[0] == 0
    assert (tmp_path / "compared" / "impact.md").read_text().splitlines() == [
        "#### Running jobs and tables",
        "",
        "**What becomes of them isn't known:** `lakehouse impact` failed. The end of what it said:",
        "",
        f"    lakehouse impact HEAD^1..HEAD --stack prod --accept --markdown {tmp_path / 'compared' / 'impact.md'}",
    ]


def test_what_breaks_nothing_passes(checkout: Checkout) -> None:
    code, said = checkout.run("impact.sh", "prod", verdict="#### All stay")
    assert code == 0
    assert "lakehouse impact HEAD^1..HEAD --stack prod --markdown " in said
    assert "#### All stay" in said
    assert "--accept" not in said


def test_what_breaks_something_fails_and_names_the_label(checkout: Checkout) -> None:
    code, said = checkout.run("impact.sh", "prod", verdict="#### It breaks", ends=1)
    assert code == 1
    assert "::error::" in said
    assert "'accepts-breaking-change'" in said
    workflow = (PROJECT / ".github" / "workflows" / "impact.yml").read_text()
    assert "contains(github.event.pull_request.labels.*.name, 'accepts-breaking-change')" in workflow
    assert "types: [opened, synchronize, reopened, labeled, unlabeled]" in workflow


def test_the_label_accepts_it(checkout: Checkout) -> None:
    code, said = checkout.run("impact.sh", "prod", verdict="#### It breaks", accepted="true")
    assert code == 0
    assert " --accept\n" in said


def test_the_label_does_not_accept_what_could_not_be_told(checkout: Checkout) -> None:
    code, said = checkout.run("impact.sh", "prod", ends=1, accepted="true")
    assert code == 1
    assert "::error::" not in said
