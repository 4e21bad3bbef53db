"""Java's class-data sharing for Flink: classes are parsed and verified once, and a start takes two thirds of the time.

The first process of a kind writes an archive of what it loaded when it ends; later ones map it. JDK docs: "Class Data
Sharing", dynamic archives (JEP 350).
"""

import hashlib
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from sandbox.flink.home import CHECKOUT

_WRITES = "-XX:ArchiveClassesAtExit="
_FOLDER = CHECKOUT / ".cache" / "class-archives"
_KEPT = 6
"""Archives of each kind, those used last, of 190 MB each: the SQL jobs of a checkout have one together, a Java job has
one of its own."""
_ABANDONED = 3600
"""Seconds after which nobody is writing any more: to write one takes half a minute."""


class ClassArchive:
    """The archive of one kind of process, for one Java and one list of jars: any other has another name."""

    def __init__(self, kind: str, java: Path, jars: Sequence[Path], folder: Path = _FOLDER) -> None:
        files = [java.resolve(), *(jar.resolve() for jar in jars)]
        identity = "\n".join(f"{file} {file.stat().st_size} {file.stat().st_mtime_ns}" for file in files)
        self._path = folder / f"{kind}-{hashlib.sha256(identity.encode()).hexdigest()[:16]}.jsa"
        # Of two jobs that end together each writes its own; either will do.
        self._new = self._path.with_suffix(f".{uuid4().hex}.new")
        self.complete = self._path.exists()

    def options(self) -> list[str]:
        """The JVM's options: to use the archive, or to write it at the end. Its warnings are of no use to anyone."""
        quiet = "-Xlog:cds*=off"
        if self.complete:
            # Of one that another process has just removed the JVM does without.
            with suppress(FileNotFoundError):
                os.utime(self._path)
            return [f"-XX:SharedArchiveFile={self._path}", quiet]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        return [f"{_WRITES}{self._new}", quiet]

    def keep(self, *, whole: bool) -> None:
        """After the process ended: take what it wrote if it ended by itself (`whole`), else drop it."""
        if self.complete or not self._new.exists():
            return
        if whole:
            self._new.replace(self._path)
            _remove_old(self._path)
        else:
            self._new.unlink()


def _remove_old(newest: Path) -> None:
    """Those of its kind that nobody used lately, as jars that changed leave them, and what a killed process left. A JVM
    that has mapped one keeps it."""
    kind = newest.name.partition("-")[0]
    written = sorted(newest.parent.glob(f"{kind}-*.jsa"), key=_used, reverse=True)
    abandoned = [each for each in newest.parent.glob(f"{kind}-*.new") if _used(each) < time.time() - _ABANDONED]
    for each in [*written[_KEPT:], *abandoned]:
        each.unlink(missing_ok=True)


def _used(archive: Path) -> float:
    try:
        return archive.stat().st_mtime
    except FileNotFoundError:
        # Another job that ends removed it first.
        return 0


def without_writing(command: Sequence[str]) -> list[str]:
    """The command of a further process of the same kind: one of them writes, or both would write the same file."""
    return [part for part in command if not part.startswith(_WRITES)]
