"""Why a job does not start, in a few lines."""

import re

from sandbox.flink.cluster import FlinkCluster
from sandbox.processes import ProcessFailed

_CAUSE = re.compile(r"^(?:Caused by: )?[\w.$]+(?:Exception|Error): (?P<message>.+)")
_LONGEST = 400
_READ = 256 * 1024


def why(failure: Exception, cluster: FlinkCluster) -> str:
    """The failure itself, or, where that is a JobManager that ended, the last cause that its log has."""
    if not isinstance(failure, ProcessFailed) or failure.process not in cluster.jobmanagers:
        return _short(str(failure).removeprefix(f"{cluster.name}: "))
    with failure.process.log.open("rb") as file:
        file.seek(max(0, failure.process.log.stat().st_size - _READ))
        lines = file.read().decode(errors="replace").splitlines()
    causes = [match["message"] for line in lines if (match := _CAUSE.match(line))]
    return _short(causes[-1] if causes else str(failure))


def _short(text: str) -> str:
    lines = text.splitlines()[:3]
    return "\n".join(line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…" for line in lines)
