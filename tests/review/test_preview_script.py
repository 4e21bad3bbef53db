"""The workflow's step: what it hands to the comment, and how it ends, for what Pulumi may answer."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.declared import PROJECT
from tests.review.given import PREVIEWS

SCRIPT = PROJECT / ".github" / "actions" / "pulumi" / "preview.sh"


def run(folder: Path, *, answers: str, code: int = 0, events: str = "", impact: str = "") -> tuple[int, str]:
    """The step's exit code and the comment, where `pulumi` prints `answers` and ends with `code`."""
    compared = folder / "compared"
    compared.mkdir()
    (compared / "impact.md").write_text(impact)
    for name in ("costs-before.json", "costs-after.json"):
        (compared / name).write_text("")
    (folder / "answers").write_text(answers)
    (folder / "events").write_text(events)
    pulumi = folder / "bin" / "pulumi"
    pulumi.parent.mkdir()
    pulumi.write_text(
        "#!/bin/bash\n"
        'while [ "$1" != --event-log ]; do shift; done\n'
        f'cat {folder}/events > "$2"; cat {folder}/answers; echo "error: what Pulumi says" >&2; exit {code}\n'
    )
    pulumi.chmod(0o755)
    output = folder / "output"
    done = subprocess.run(
        [SCRIPT, "dev", compared],
        cwd=PROJECT,
        env={
            "PATH": f"{pulumi.parent}:{os.environ['PATH']}",
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        },
        check=False,
        capture_output=True,
        text=True,
    )
    first, *lines, last = output.read_text().splitlines()
    assert first == f"comment<<{last}"
    comment = "\n".join(lines)
    assert comment.startswith("<!-- flink-lakehouse:preview:dev -->\n")
    assert comment.strip() in (folder / "summary").read_text()
    return done.returncode, comment


def test_a_preview_becomes_a_comment(tmp_path: Path) -> None:
    code, comment = run(tmp_path, answers=(PREVIEWS / "job-sql.json").read_text())
    assert code == 0
    assert "enriched-orders" in comment


def test_what_was_compared_stands_in_the_comment(tmp_path: Path) -> None:
    answers = (PREVIEWS / "job-sql.json").read_text()
    _, comment = run(tmp_path, answers=answers, impact="#### Running jobs and tables\n\nAll stay.\n")
    assert "#### Running jobs and tables\n\nAll stay.\n" in comment
    assert "#### Costs (an estimate)\n\n**The difference isn't known:**" in comment


def test_a_broken_policy_stands_in_the_comment_and_fails_the_step(tmp_path: Path) -> None:
    events = (PREVIEWS / "events.jsonl").read_text()
    code, comment = run(tmp_path, answers=(PREVIEWS / "failed.json").read_text(), code=1, events=events)
    assert code == 1
    assert "mandatory" in comment


@pytest.mark.parametrize("code", [0, 255])
def test_without_a_preview_the_comment_has_what_pulumi_said_and_the_step_fails(tmp_path: Path, code: int) -> None:
    ended, comment = run(tmp_path, answers="", code=code)
    assert ended != 0
    assert "Pulumi failed before it had one" in comment
    assert "error: what Pulumi says" in comment
