"""The environments of Python jobs: each made from its own lock, once, and refused when it lacks what is imported."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bootstrap import pip, python_jobs, stamps
from bootstrap.console import SetupError
from bootstrap.stamps import ROOT

_LOCK = """\
needed==1 \\
    --hash=sha256:0000000000000000000000000000000000000000000000000000000000000000
setuptools==81 \\
    --hash=sha256:1111111111111111111111111111111111111111111111111111111111111111
"""


class Tools:
    """In place of venv and pip: an environment whose Python is ours, with a PyFlink that is only names."""

    def __init__(self) -> None:
        self.installed: list[tuple[str, list[str]]] = []
        self.interrupt = False

    def __call__(self, argv: list[str | Path], name: str, *_: object) -> None:
        del name
        if "venv" in argv:
            venv = Path(argv[-1])
            shutil.rmtree(venv, ignore_errors=True)
            worker = venv / "site" / "pyflink" / "fn_execution" / "beam" / "beam_sdk_worker_main.py"
            worker.parent.mkdir(parents=True)
            worker.touch()
            (venv / "site" / "pyflink" / "table.py").write_text("TableEnvironment = object\n")
            (venv / "bin").mkdir()
            (venv / "bin" / "python").write_text(
                f'#!/bin/sh\nPYTHONPATH={venv / "site"} exec {sys.executable} "$@"\n',
            )
            (venv / "bin" / "python").chmod(0o755)
            return
        job = Path(argv[argv.index("--python") + 1]).parent.parent.name
        assert "--require-hashes" in argv
        assert "--no-deps" in argv
        if self.interrupt:
            raise KeyboardInterrupt
        names = re.findall(r"^([\w-]+)==", Path(argv[-1]).read_text(), re.MULTILINE)
        self.installed.append((job, names))


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Tools:
    monkeypatch.setattr(python_jobs, "JOBS", tmp_path / "jobs")
    monkeypatch.setattr(python_jobs, "ENVIRONMENTS", tmp_path / "environments")
    monkeypatch.setattr(python_jobs, "STATE", tmp_path)
    monkeypatch.setattr(python_jobs, "interpreter", lambda: sys.executable)
    _job(tmp_path, "one", "from pyflink.table import TableEnvironment\n")
    (tmp_path / "jobs" / "sql-job").mkdir()
    tools = Tools()
    monkeypatch.setattr(pip, "run", tools)
    return tools


def _job(folder: Path, name: str, code: str) -> Path:
    job = folder / "jobs" / name
    job.mkdir(parents=True)
    (job / "job.py").write_text(code)
    (job / "requirements.lock").write_text(_LOCK)
    return job


def test_an_environment_is_made_once_with_what_builds_packages_first(tools: Tools) -> None:
    assert not python_jobs.is_ready()
    python_jobs.ensure()
    assert python_jobs.is_ready()
    python_jobs.ensure()
    assert tools.installed == [("one", ["setuptools"]), ("one", ["needed", "setuptools"])]


def test_an_interruption_is_not_taken_for_done(tools: Tools) -> None:
    tools.interrupt = True
    with pytest.raises(KeyboardInterrupt):
        python_jobs.ensure()
    assert not python_jobs.is_ready()
    tools.interrupt = False
    python_jobs.ensure()
    assert python_jobs.is_ready()


def test_a_changed_lock_makes_its_environment_anew_and_no_other(tools: Tools, tmp_path: Path) -> None:
    other = _job(tmp_path, "two", "import json\n")
    python_jobs.ensure()
    tools.installed.clear()
    (other / "requirements.lock").write_text(_LOCK.replace("needed==1", "needed==2"))
    assert python_jobs.is_made(tmp_path / "jobs" / "one")
    assert not python_jobs.is_made(other)
    python_jobs.ensure()
    assert {job for job, _ in tools.installed} == {"two"}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import json\nimport pandsa\n", "job.py:2: pandsa cannot be imported: No module named 'pandsa'"),
        ("def late():\n    import pandsa\n", "job.py:2: pandsa cannot be imported: No module named 'pandsa'"),
        ("from pyflink.table import TableEnviroment\n", "job.py:1: pyflink.table.TableEnviroment cannot be imported"),
        ("import json as\n", "job.py:1: "),
    ],
    ids=["module", "module of a function", "name in a module", "syntax"],
)
@pytest.mark.usefixtures("tools")
def test_what_a_job_imports_and_its_environment_lacks_is_named_with_its_line(
    code: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "jobs" / "one" / "job.py").write_text(code)
    with pytest.raises(SetupError) as refused:
        python_jobs.ensure()
    assert f"jobs/one/{said}" in str(refused.value)
    assert "requirements.in" in str(refused.value)
    assert not python_jobs.is_ready()


@pytest.mark.usefixtures("tools")
def test_the_jobs_own_modules_need_no_package_and_are_checked_too(tmp_path: Path) -> None:
    (tmp_path / "jobs" / "one" / "job.py").write_text("import helper\n")
    (tmp_path / "jobs" / "one" / "helper.py").write_text("import pandsa\n")
    with pytest.raises(SetupError, match=r"jobs/one/helper\.py:1: pandsa"):
        python_jobs.ensure()


def test_a_changed_file_is_checked_again_and_nothing_is_installed(tools: Tools, tmp_path: Path) -> None:
    python_jobs.ensure()
    tools.installed.clear()
    (tmp_path / "jobs" / "one" / "job.py").write_text("import json\n")
    assert not python_jobs.is_ready()
    python_jobs.ensure()
    assert python_jobs.is_ready()
    assert tools.installed == []


def test_without_a_python_that_fits_nothing_is_left_to_do_but_the_job_is_not_made(
    tools: Tools, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(python_jobs, "interpreter", lambda: None)
    assert python_jobs.is_ready()
    python_jobs.ensure()
    assert tools.installed == []
    assert not python_jobs.is_made(tmp_path / "jobs" / "one")
    assert "python3.11" in python_jobs.without_interpreter()


def test_a_name_of_a_python_that_does_not_run_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(python_jobs, "PYTHON", "3.99")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert python_jobs.interpreter() is None
    broken = tmp_path / "python3.99"
    broken.write_text("#!/bin/sh\nexit 127\n")
    broken.chmod(0o755)
    assert python_jobs.interpreter() is None


@pytest.mark.parametrize("folder", python_jobs.folders(), ids=lambda folder: folder.name)
def test_each_lock_has_hashes_flink_at_our_version_and_none_of_its_jars(folder: Path) -> None:
    lock = (folder / "requirements.lock").read_text()
    pins = {pin.split("==")[0]: pin for pin in pip.split_lock(lock)}
    assert all("--hash=sha256:" in pin for pin in pins.values())
    dev = (ROOT / "requirements-dev.lock").read_text()
    (version,) = re.findall(r"^apache-flink-libraries==(\S+)", dev, re.MULTILINE)
    assert pins["apache-flink"].startswith(f"apache-flink=={version} ")
    assert not {"apache-flink-libraries", "pemja"} & set(pins)
    assert "setuptools" in pins
    assert "://" not in lock


@pytest.mark.skipif(python_jobs.interpreter() is None, reason="no Python that these jobs run on")
@pytest.mark.parametrize("folder", python_jobs.folders(), ids=lambda folder: folder.name)
def test_set_up_made_the_environment_of_each_job(folder: Path) -> None:
    python = python_jobs.venv(folder) / "bin" / "python"
    told = subprocess.run([python, "-c", "import pyflink.version as v; print(v.__version__)"], capture_output=True)
    assert f"apache-flink=={told.stdout.decode().strip()} " in (folder / "requirements.lock").read_text()
    assert stamps.read(python_jobs.venv(folder) / ".checked.json")
