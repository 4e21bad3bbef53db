"""The verdict on running jobs and tables, which comes as Markdown (impact/), within the comment."""

from pathlib import Path

import pytest

from review.__main__ import main
from review.comment import LONGEST, Beside, comment
from tests.review.given import PREVIEWS, preview

VERDICT = "#### Running jobs and tables\n\n| job | verdict |\n| --- | --- |\n| `enriched-orders` | **state lost** |\n"
UNJUDGED = "Whether that state fits a changed script can't be told from a preview"


def test_it_stands_above_what_a_preview_tells_of_jobs() -> None:
    text = comment(preview("table-key"), "dev", Beside(impact=VERDICT))
    assert text.index("[!CAUTION]") < text.index(VERDICT) < text.index("#### Jobs")


def test_with_it_nothing_is_said_to_be_untold() -> None:
    assert UNJUDGED in comment(preview("job-sql"), "dev")
    assert UNJUDGED not in comment(preview("job-sql"), "dev", Beside(impact=VERDICT))


def test_without_one_there_is_no_section() -> None:
    assert comment(preview("job-sql"), "dev", Beside(impact=" \n")) == comment(preview("job-sql"), "dev")


def test_one_that_is_too_long_leaves_room_for_the_rest() -> None:
    rows = "".join(f"| `job-{number}` | {'x' * 100} |\n" for number in range(1000))
    text = comment(preview("job-sql"), "dev", Beside(impact=VERDICT + rows))
    assert len(text) <= LONGEST
    assert "more left out**: a comment has no room for them" in text
    assert "#### Jobs" in text


def test_the_command_reads_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "impact.md"
    arguments = [str(PREVIEWS / "job-sql.json"), "--stack", "dev", "--impact", str(file)]
    assert main(arguments) == 2
    assert capsys.readouterr().err == f"{file}: cannot be read: No such file or directory\n"
    file.write_text(VERDICT)
    assert main(arguments) == 0
    assert VERDICT in capsys.readouterr().out
