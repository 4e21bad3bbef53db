"""The Python environment of a Python job, as set-up made it from the job's requirements.lock."""

from pathlib import Path

from bootstrap import python_jobs
from infra.errors import ConfigurationError
from sandbox.packages import NotSetUp


def job_environment(folder: Path) -> Path | None:
    """Of the job in `folder`; None for a job that has none.

    Raises `NotSetUp` when it is not there, or is not that of the lock as it is now, and `ConfigurationError` when the
    job imports what is not in it.
    """
    if not (folder / "job.py").exists():
        return None
    if not python_jobs.is_filled(folder):
        if python_jobs.interpreter() is None:
            raise NotSetUp(f"jobs/{folder.name}: {python_jobs.without_interpreter()}")
        raise NotSetUp(
            f"jobs/{folder.name} has no environment of its requirements.lock: run `make setup`, which makes it"
        )
    if missing := python_jobs.missing_imports(folder):
        raise ConfigurationError("\n".join([*missing, python_jobs.REMEDY]))
    return python_jobs.venv(folder)
