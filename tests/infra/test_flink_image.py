import shutil
from pathlib import Path

from infra.flink_image import INGREDIENTS, content_hash
from tests.declared import PROJECT

CONTEXT = PROJECT / "images" / "flink"


def copied(folder: Path) -> Path:
    shutil.copytree(CONTEXT, folder, ignore=shutil.ignore_patterns("target"))
    return folder


def test_what_the_build_sees_is_what_the_tag_is_made_of() -> None:
    seen = [line[1:] for line in (CONTEXT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert ["Dockerfile", *seen] == list(INGREDIENTS)


def test_the_tag_is_the_same_wherever_the_checkout_is(tmp_path: Path) -> None:
    assert content_hash(copied(tmp_path / "a")) == content_hash(CONTEXT)


def test_only_what_the_build_sees_changes_the_tag(tmp_path: Path) -> None:
    context = copied(tmp_path / "a")
    before = content_hash(context)
    (context / "README.md").write_text("other words")
    assert content_hash(context) == before
    runner = context / "sql-runner" / "src" / "main" / "java" / "lakehouse" / "sqlrunner" / "SqlRunner.java"
    runner.write_text(runner.read_text() + "\n")
    assert content_hash(context) != before
