"""The played AWS of local/, as its pod runs it but on this machine."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.addresses import Aws
from sandbox.ports import choose
from tests.declared import PROJECT


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    folder = PROJECT / "local" / "aws"
    (port,) = choose(1)
    log = tmp_path_factory.mktemp("aws") / "aws.log"
    environment = {**os.environ, "ENTRIES": str(folder / "entries.json"), "AWS_DEFAULT_REGION": "eu-west-1"}
    with log.open("w") as written:
        process = subprocess.Popen(
            [sys.executable, folder / "gaps.py", "--port", str(port)],
            env=environment,
            stdout=written,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(port, process, log)
        yield Aws(f"http://127.0.0.1:{port}", "eu-west-1")
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 60
    while f"Running on http://127.0.0.1:{port}" not in log.read_text():
        assert process.poll() is None and time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)
