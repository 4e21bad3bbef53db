"""Java's class-data sharing for Flink: classes are parsed and verified once, and a start takes two thirds of the time.

The first process of a kind writes an archive of what it loaded when it ends; later ones map it. JDK docs: "Class Data
Sharing", dynamic archives (JEP 350).
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from sandbox.flink.home import CHECKOUT

_WRITES = "-XX:ArchiveClassesAtExit="
_FOLDER = CHECKOUT / ".cache" / "class-archives"


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
            return [f"-XX:SharedArchiveFile={self._path}", quiet]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        return [f"{_WRITES}{self._new}", quiet]

    def keep(self, *, whole: bool) -> None:
        """After the process ended: take what it wrote if it ended by itself (`whole`), else drop it."""
        if self.complete or not self._new.exists():
            return
        if whole:
            self._new.replace(self._path)
        else:
            self._new.unlink()


def without_writing(command: Sequence[str]) -> list[str]:
    """The command of a further process of the same kind: one of them writes, or both would write the same file."""
    return [part for part in command if not part.startswith(_WRITES)]
