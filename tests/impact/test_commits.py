import subprocess
from pathlib import Path

import pytest

from impact.commits import export, parse
from infra.errors import ConfigurationError


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project below the root of its repository, with a commit and an edit after it."""
    folder = tmp_path / "repository" / "lakehouse"
    (folder / "jobs").mkdir(parents=True)
    (folder / "jobs" / "one.sql").write_text("old")
    (folder.parent / "other.txt").write_text("not of the project")
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "one"]):
        subprocess.run(
            ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *arguments], cwd=folder.parent, check=True
        )
    (folder / "jobs" / "one.sql").write_text("new")
    return folder


def test_a_range_is_two_commits_or_one_and_the_working_tree() -> None:
    assert parse("main..HEAD") == ("main", "HEAD")
    assert parse("main") == parse("main..") == ("main", None)
    for wrong in ("..HEAD", "", "main...HEAD"):
        with pytest.raises(ConfigurationError, match=r"write BASE\.\.HEAD"):
            parse(wrong)


def test_a_commit_becomes_a_folder_with_the_project_alone(project: Path, tmp_path: Path) -> None:
    made = export(project, "HEAD", tmp_path / "made")
    assert [path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file()] == ["jobs/one.sql"]
    assert (made / "jobs" / "one.sql").read_text() == "old"


def test_an_unknown_commit_is_named(project: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="nope: git knows no such commit here"):
        export(project, "nope", tmp_path / "made")
    with pytest.raises(ConfigurationError, match="--output=x: git knows no such commit"):
        export(project, "--output=x", tmp_path / "made")


def test_a_folder_that_is_no_repository_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"git knows no such commit here .*not a git repository"):
        export(tmp_path, "HEAD", tmp_path / "made")
