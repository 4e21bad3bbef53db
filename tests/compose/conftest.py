"""A copy of the project, with what `make compose` writes for a job."""

from collections.abc import Callable
from pathlib import Path

import pytest

from compose.render import render
from tests.declared import copied

Rendered = Callable[[str], Path]


@pytest.fixture(scope="session")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    """Gives the project's folder for a job."""
    projects: dict[str, Path] = {}

    def project(job: str) -> Path:
        if job not in projects:
            projects[job] = copied(tmp_path_factory.mktemp(job))
            render(projects[job], job, orders=20, seed=1)
        return projects[job]

    return project
