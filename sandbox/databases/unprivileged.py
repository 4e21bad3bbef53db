"""Where a server lives that refuses to run as root: a directory that belongs to an unprivileged account and is within
its reach."""

import os
import pwd
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from uuid import uuid4

_ACCOUNT = "nobody"
_PREFIX = "lakehouse-"


class Home:
    """A server's directory and its installed package.

    Where we are root, both must be reachable for the account `nobody`. Under a private directory (/root, say) they are
    not: then both are in the system's temporary directory, by a name that tells which process they belong to, so that
    the next start removes what a killed one left.
    """

    def __init__(self, *, package: Path, directory: Path) -> None:
        self.account = _ACCOUNT if os.geteuid() == 0 else None
        self.directory = directory
        self.package = package
        self._package_source = package
        self._temporary = self.account is not None and not (
            _can_enter(self.account, directory.parent) and _can_enter(self.account, package)
        )
        if self._temporary:
            owner = os.getpid()
            # One process may have several servers of a kind.
            name = f"{_PREFIX}{directory.name}-{uuid4().hex[:8]}-{owner}-{_start_ticks(owner)}"
            self.directory = Path(tempfile.gettempdir()) / name
            self.package = self.directory / "package"

    def create(self) -> None:
        """Make the directory, empty, after dropping what earlier runs left."""
        remove_stale()
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True, mode=0o700)
        if self.account is not None:
            shutil.chown(self.directory, self.account)
        if self._temporary:
            shutil.copytree(
                self._package_source,
                self.package,
                symlinks=True,
                ignore=shutil.ignore_patterns("*.a"),
            )

    def private_file(self, name: str, text: str) -> Path:
        """A file in it that only its account can read."""
        path = self.directory / name
        path.touch(mode=0o600)
        path.write_text(text)
        if self.account is not None:
            shutil.chown(path, self.account)
        return path

    def remove_if_temporary(self) -> None:
        if self._temporary:
            shutil.rmtree(self.directory, ignore_errors=True)


def remove_stale() -> None:
    """Remove the temporary homes of processes that are gone."""
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        match = re.fullmatch(rf"{_PREFIX}.+-(\d+)-(\d+)", path.name)
        if match is None or path.is_symlink() or path.owner() not in (_ACCOUNT, pwd.getpwuid(os.geteuid()).pw_name):
            continue
        if _start_ticks(int(match[1])) != int(match[2]):
            shutil.rmtree(path, ignore_errors=True)


def _can_enter(account: str, path: Path) -> bool:
    existing = next(candidate for candidate in (path, *path.parents) if candidate.exists())
    test = ["test", "-r", str(existing), "-a", "-x", str(existing)]
    group = pwd.getpwnam(account).pw_gid
    return subprocess.run(test, user=account, group=group, extra_groups=[], check=False).returncode == 0


def _start_ticks(pid: int) -> int | None:
    """When the process started: with its id, that names it even after the id is used again. None: no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    return int(stat.rpartition(")")[2].split()[19])
