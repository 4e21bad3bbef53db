"""How long the program takes to declare a stack, by the number of its jobs: `python -m bench.program`.

Prints and writes `bench/results/program.md`, with a picture. Nothing is deployed: registrations go to the SDK's mocks.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import report
from bench.projects import PROJECT, project_with
from bench.report import Run

JOBS = (1, 25, 50, 100, 200, 400)
RUNS = 5
STACK = "prod"
"""The one with the most resources."""
CORES = 2


def main() -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    programs: dict[int, list[Run]] = {jobs: [] for jobs in JOBS}
    bare: dict[int, list[Run]] = {jobs: [] for jobs in JOBS}
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        projects = {jobs: project_with(jobs, folder / f"{jobs}-jobs") for jobs in JOBS}
        registrations = {jobs: folder / f"{jobs}.json" for jobs in JOBS}
        for jobs, project in projects.items():
            # Its byte code is compiled once too, as on any machine where it ran before.
            _measure("program", str(project), STACK, str(registrations[jobs]))
        # One of each in turn, so that a busy minute of the machine does not fall on one size alone.
        for number in range(1, RUNS + 1):
            for jobs, project in projects.items():
                programs[jobs].append(_measure("program", str(project), STACK))
                bare[jobs].append(_measure("bare", str(registrations[jobs])))
                print(f"run {number}, {jobs} jobs: {programs[jobs][-1].seconds:.1f} s", file=sys.stderr)
    print(report.write(programs, bare, stack=STACK, load=load))


def _measure(*arguments: str) -> Run:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(PROJECT / ".cache" / "bench")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "bench.measured", *arguments],
        cwd=PROJECT,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    seconds = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = json.loads(done.stdout)
    return Run(
        resources=said["resources"],
        registrations=said["registrations"],
        declared=said["done"] - start,
        seconds=seconds,
        cpu_seconds=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        peak_mib=said["peak_mib"],
    )


if __name__ == "__main__":
    main()
