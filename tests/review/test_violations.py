from pathlib import Path

import pytest

from review.violations import main, violations
from tests.review.given import PREVIEWS

LOG = PREVIEWS / "events.jsonl"


def test_violations_are_taken_from_the_events_of_a_preview(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(LOG)]) == 0
    first, second = capsys.readouterr().out.split("\n\n")
    assert first.startswith(
        "[mandatory] stateless-upgrade on enriched-orders\nA production job keeps its state when it changes.\n"
    )
    assert "\nInstead: set 'savepoint' or 'last-state'" in first
    assert second.startswith("[mandatory] unprotected-production-state on catalog-orders\n")


def test_mandatory_ones_come_first_and_none_twice() -> None:
    def event(level: str, policy: str) -> str:
        return f'{{"policyEvent": {{"policyName": "{policy}", "enforcementLevel": "{level}", "message": "m"}}}}'

    log = "\n".join([event("advisory", "a"), event("mandatory", "z"), event("mandatory", "b"), event("mandatory", "b")])
    assert violations(log) == ["[mandatory] b\nm\n", "[mandatory] z\nm\n", "[advisory] a\nm\n"]


def test_a_preview_without_violations_has_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "events.jsonl"
    log.write_text('{"preludeEvent": {}}\n')
    assert main([str(log)]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("content", ["no event", "[]", '{"preludeEvent": {}}\n7'])
def test_what_is_no_log_is_refused(content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "events.jsonl"
    log.write_text(content)
    assert main([str(log)]) == 2
    assert "is no event of Pulumi's engine" in capsys.readouterr().err


def test_the_command_takes_one_log(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert capsys.readouterr().err.startswith("usage: ")
    assert main(["/nowhere/events.jsonl"]) == 2
