"""Jobs that start from a savepoint which the stack file names, instead of from where they are."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from infra.errors import ConfigurationError
from infra.jobs import Job
from infra.settings import KEY, PROJECT, Settings, stack_file
from infra.validation import nearest, place


def restore_fields(savepoint: str | None) -> dict[str, Any]:
    """What stands in a FlinkDeployment's `spec.job` for it.

    The operator starts from the savepoint whenever the nonce becomes another number, and at the first deployment; when
    both are gone again it does nothing (operator docs: "Redeploy using the savepointRedeployNonce").
    """
    if savepoint is None:
        return {}
    # Six bytes: Pulumi's numbers are exact to 53 bits.
    nonce = int.from_bytes(hashlib.sha256(savepoint.encode()).digest()[:6])
    return {"initialSavepointPath": savepoint, "savepointRedeployNonce": nonce}


def check_restored(settings: Settings, jobs: Sequence[Job], *, stack: str, folder: Path | None = None) -> None:
    """Raise `ConfigurationError` for a job that there is not, or a path that it may not read; `folder` is the
    project's, for line numbers."""
    names = [job.name for job in jobs]
    for name, savepoint in settings.flink.restore_from.items():
        shown_as = stack_file(stack)
        where = ("config", f"{PROJECT}:{KEY}", "flink", "restore_from", name)
        at = place(shown_as, folder / shown_as if folder else None, where)
        if name not in names:
            raise ConfigurationError(f"{at}: there is no job '{name}' in jobs/{nearest(name, names)}")
        if savepoint.split("/")[3] != name:
            raise ConfigurationError(
                f"{at}: {savepoint} is not the job's own: it may read s3://<state bucket>/{name}/… alone;\n"
                "copy the savepoint there (aws s3 cp --recursive), and name the copy"
            )
