"""Runs a scanner from its environment (bootstrap/scanners.py)."""

import os
import subprocess
import tempfile
from collections.abc import Collection
from pathlib import Path

from bootstrap.scanners import ENVIRONMENTS


def run(scanner: str, program: str, *arguments: str | Path, given: str = "", expected: Collection[int] = (0,)) -> str:
    """What `program` of `scanner`'s environment prints, when it ends with an expected exit code."""
    path = ENVIRONMENTS / scanner / "bin" / program
    assert path.exists(), f"{path} is missing: run 'make setup-scanners'"
    with tempfile.TemporaryDirectory() as home:
        # Neither a person's settings nor tokens: what is found depends on what is in the repository.
        environment = {"PATH": f"{path.parent}{os.pathsep}{os.defpath}", "HOME": home, "LC_ALL": "C.UTF-8"}
        ran = subprocess.run(
            [path, *arguments], input=given, env=environment, cwd=home, capture_output=True, text=True, check=False
        )
    assert ran.returncode in expected, (
        f"{program} ended with {ran.returncode}:\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}"
    )
    return ran.stdout
