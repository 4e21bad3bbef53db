"""How much memory all processes of the sandbox use together."""

import os
import threading
from types import TracebackType

import psutil

_EVERY_SECONDS = 1.0
_MIB = 1024 * 1024


class MemoryWatch:
    """Samples, once a second, the memory of this process, all that it started, and one more process with its own.

    Memory that processes share is counted once (Linux's proportional set size).
    """

    def __init__(self, also: int | None = None) -> None:
        self.mib = 0.0
        self.peak_mib = 0.0
        self._roots = [os.getpid()] if also is None else [os.getpid(), also]
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory", daemon=True)

    def __enter__(self) -> "MemoryWatch":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._end.wait(_EVERY_SECONDS):
            self.mib = sum(_pss(pid) for pid in _family(self._roots)) / _MIB
            self.peak_mib = max(self.peak_mib, self.mib)


def _family(roots: list[int]) -> set[int]:
    found = set(roots)
    for root in roots:
        try:
            found |= {child.pid for child in psutil.Process(root).children(recursive=True)}
        except psutil.NoSuchProcess:
            found.discard(root)
    return found


def _pss(pid: int) -> int:
    try:
        return int(psutil.Process(pid).memory_full_info().pss)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0
