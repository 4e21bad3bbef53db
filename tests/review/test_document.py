import json
from pathlib import Path

import pytest

from review.__main__ import main
from tests.review.given import NAMES, PREVIEWS

EVENT = '{"sequence": 1, "timestamp": 2, "preludeEvent": {}}'
STEP = {"op": "same", "urn": "urn:pulumi:dev::p::aws:s3/bucket:Bucket::b"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty: the preview ended before it wrote anything"),
        ("  \n", "is empty"),
        ("Previewing update (dev):\n", "is not JSON: Expecting value: line 1 column 1 (char 0); it must be just what"),
        ('{"steps": [', "is not JSON"),
        (EVENT, "unset PULUMI_ENABLE_STREAMING_JSON_PREVIEW"),
        (f"{EVENT}\n{EVENT}\n", "unset PULUMI_ENABLE_STREAMING_JSON_PREVIEW"),
        ("[]", "holds a JSON list, no preview"),
        ('"text"', "holds a JSON str, no preview"),
        ('{"version": 3, "deployment": {}}', "has neither steps nor diagnostics"),
        (json.dumps({"steps": [STEP]}), "its steps have no detailedDiff: an older Pulumi wrote it"),
        (
            '{"steps": [{"op": 7, "urn": "x", "detailedDiff": null}]}',
            "steps[0].op: Input should be a valid string (and 1",
        ),
        ('{"steps": {}}', "steps: Input should be a valid tuple"),
    ],
)
def test_what_is_no_preview_is_refused_with_the_remedy(
    content: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "preview.json"
    file.write_text(content)
    assert main([str(file), "--stack", "dev"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"{file}: ")
    assert said in printed.err
    assert len(printed.err.splitlines()) <= 2


def test_a_file_that_is_no_text_or_not_there_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "preview.json"
    assert main([str(file), "--stack", "dev"]) == 2
    assert capsys.readouterr().err == f"{file}: cannot be read: No such file or directory\n"
    file.write_bytes(b"\xff\xfe{}")
    assert main([str(file), "--stack", "dev"]) == 2
    assert "is no text" in capsys.readouterr().err


def test_missing_violations_are_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [str(PREVIEWS / "nothing.json"), "--stack", "dev", "--violations", str(tmp_path / "none")]
    assert main(arguments) == 2
    assert capsys.readouterr().err == f"{tmp_path / 'none'}: cannot be read: No such file or directory\n"


@pytest.mark.parametrize("name", NAMES)
def test_a_preview_becomes_a_comment(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(PREVIEWS / f"{name}.json"), "--stack", "dev"]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("<!-- flink-lakehouse:preview:dev -->\n### Preview of `dev`\n")
    assert printed.err == ""
