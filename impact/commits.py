"""A commit as a folder, beside the working tree, which is one already."""

import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

from infra.errors import ConfigurationError


def parse(text: str) -> tuple[str, str | None]:
    """`BASE..HEAD` → both; of `BASE` or `BASE..` the second is None: the working tree as it is."""
    base, _, head = text.partition("..")
    if not base or head.startswith("."):
        raise ConfigurationError(
            f"{text}: write BASE..HEAD, two commits, like origin/main..HEAD; "
            "or BASE alone, for the working tree against it"
        )
    return base, head or None


def export(project: Path, commit: str, into: Path) -> Path:
    """The project as it was at `commit`, in `into`; raises `ConfigurationError` where there is no such commit."""
    known = _git(project, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}")
    if known.returncode:
        said = known.stderr.decode().strip().splitlines()
        # A CI's checkout has often but one commit.
        raise ConfigurationError(
            f"{commit}: git knows no such commit here{f' ({said[-1]})' if said else ''}; "
            "if it is on the remote, fetch it first (git fetch --unshallow)"
        )
    # The folder that it is asked in, and no more of the repository.
    packed = _git(project, "archive", "--format=tar", known.stdout.decode().strip())
    if packed.returncode:
        raise ConfigurationError(f"{commit}: git archive: {packed.stderr.decode().strip()}")
    with tarfile.open(fileobj=BytesIO(packed.stdout)) as archive:
        archive.extractall(into, filter="data")
    return into


def _git(project: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["git", *arguments], cwd=project, capture_output=True, check=False)
    except FileNotFoundError:
        raise ConfigurationError("git is not installed, and impact asks it for both commits") from None
