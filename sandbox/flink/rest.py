"""What a job's JobManager says of it, and takes of others, over Flink's REST API."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import quote


class Refused(Exception):
    """Flink does not do what it was asked; `str()` is its reason."""


class FlinkRest:
    """Asks whichever of a job's JobManagers answers; where none does (yet), nothing runs and nothing failed."""

    def __init__(self, *webs: str) -> None:
        self._webs = webs

    def all_tasks_running(self) -> bool:
        jobs = self.get("/jobs/overview").get("jobs", [])
        return bool(jobs) and all(
            job["state"] == "RUNNING" and job["tasks"]["running"] == job["tasks"]["total"] > 0 for job in jobs
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
            found += [root_cause(entry["stacktrace"]) for entry in history.get("entries", [])]
        return found

    def vertices(self) -> list[dict[str, Any]]:
        """Those of the job: id, name, parallelism, maxParallelism …"""
        return self.get(self._of_job()).get("vertices", [])

    def seconds_since_commit(self, table: str) -> float | None:
        """Since the committer of the lake's `<database>.<table>` dealt with a completed checkpoint, also one without
        new rows; None while it does not say, or not all tasks run. Flink knows it anew every ten seconds."""
        if not self.all_tasks_running():
            return None
        metric = f".table.lake_{table.replace('.', '_')}.elapsedSecondsSinceLastSuccessfulCommit"
        for vertex in self.vertices():
            path = self._of_job("vertices", vertex["id"], "metrics")
            names = [each["id"] for each in cast(list[Any], self.get(path)) if each["id"].endswith(metric)]
            for found in cast(list[Any], self.get(f"{path}?get={quote(','.join(names))}")) if names else []:
                return float(found["value"])
        return None

    def thread_names(self) -> list[str]:
        """Of all its TaskManagers; raises `Refused` when not all of them answer."""
        ids = [each["id"] for each in self.get("/taskmanagers").get("taskmanagers", [])]
        dumps = [self.get(f"/taskmanagers/{each}/thread-dump") for each in ids]
        if not dumps or not all(dumps):
            raise Refused("its TaskManagers do not say what they run")
        return [thread["threadName"] for dump in dumps for thread in dump["threadInfos"]]

    def upper_bounds(self) -> dict[str, int]:
        """Vertex → the parallelism that the adaptive scheduler gives it where there are slots enough."""
        found = self.get(self._of_job("resource-requirements"))
        return {vertex: each["parallelism"]["upperBound"] for vertex, each in found.items()}

    def set_upper_bounds(self, bounds: Mapping[str, int]) -> None:
        """Have the job run with others; raises `Refused`."""
        body = {vertex: {"parallelism": {"lowerBound": 1, "upperBound": bound}} for vertex, bound in bounds.items()}
        self._send("PUT", self._of_job("resource-requirements"), body)

    def job_id(self) -> str:
        """Flink's own; raises `Refused` where nothing runs."""
        jobs = self.get("/jobs/overview").get("jobs", [])
        if not jobs:
            raise Refused("no JobManager answers")
        return str(jobs[0]["jid"])

    def take_savepoint(self, job_id: str, *, stop: bool) -> str:
        """Have one taken where the configuration says, and the job end with it (`stop`); gives the request's id. Raises
        `Refused`."""
        path, body = ("stop", {"drain": False}) if stop else ("savepoints", {"cancel-job": False})
        return str(self._send("POST", f"/jobs/{job_id}/{path}", body)["request-id"])

    def savepoint_path(self, job_id: str, request: str) -> str | None:
        """Where it is; None while it is being taken. Raises `Refused` when it failed."""
        answer = self.get(f"/jobs/{job_id}/savepoints/{request}")
        if answer.get("status", {}).get("id") != "COMPLETED":
            return None
        failure = answer["operation"].get("failure-cause")
        if failure:
            raise Refused(f"Flink could not take a savepoint: {root_cause(failure['stack-trace'])}")
        return str(answer["operation"]["location"])

    def _send(self, method: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        for web in self._webs:
            request = urllib.request.Request(web + path, json.dumps(body).encode(), method=method)
            request.add_header("Content-Type", "application/json")
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    return cast(dict[str, Any], json.loads(answer.read() or b"{}"))
            except urllib.error.HTTPError as error:
                if error.code < 500:
                    raise Refused(f"Flink does not take it: {error.read().decode(errors='replace')[:300]}") from None
            except OSError:
                continue
        raise Refused("no JobManager answers")

    def _of_job(self, *path: str) -> str:
        jobs = self.get("/jobs/overview").get("jobs", [])
        return "/".join(["/jobs", *[job["jid"] for job in jobs[:1]], *path])

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


def root_cause(stacktrace: str) -> str:
    """Of a Java stack trace, the last of its causes."""
    causes = [line for line in stacktrace.splitlines() if line.startswith("Caused by: ")]
    return causes[-1].removeprefix("Caused by: ") if causes else stacktrace.splitlines()[0]
