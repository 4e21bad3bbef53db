"""What a job's JobManager says of it, and takes of others, over Flink's REST API."""

import json
import urllib.request
from typing import Any, cast


class Refused(Exception):
    """Flink does not do what it was asked; `str()` is its reason."""


class FlinkRest:
    """Asks whichever of a job's JobManagers answers; where none does (yet), nothing runs and nothing failed."""

    def __init__(self, *webs: str) -> None:
        self._webs = webs

    def all_tasks_running(self) -> bool:
        jobs = self.get("/jobs/overview").get("jobs", [])
        return bool(jobs) and all(
            job["state"] == "RUNNING" and job["tasks"]["running"] == job["tasks"]["total"] for job in jobs
        )

    def started_at(self) -> float | None:
        """When the job began, as Flink says, in seconds since the epoch; None while there is none."""
        jobs = self.get("/jobs/overview").get("jobs", [])
        return jobs[0]["start-time"] / 1000 if jobs else None

    def failures(self) -> list[str]:
        """The root causes of the job's failures so far, the newest first."""
        found: list[str] = []
        for job in self.get("/jobs/overview").get("jobs", []):
            history = self.get(f"/jobs/{job['jid']}/exceptions").get("exceptionHistory", {})
            found += [_root_cause(entry["stacktrace"]) for entry in history.get("entries", [])]
        return found

    def get(self, path: str) -> dict[str, Any]:
        """Empty where nobody answers."""
        for web in self._webs:
            try:
                with urllib.request.urlopen(web + path, timeout=5) as answer:
                    return cast(dict[str, Any], json.load(answer))
            except OSError:
                # Its JVM is gone, or no leader is elected.
                continue
        return {}


def _root_cause(stacktrace: str) -> str:
    causes = [line for line in stacktrace.splitlines() if line.startswith("Caused by: ")]
    return causes[-1].removeprefix("Caused by: ") if causes else stacktrace.splitlines()[0]
