"""What set-up tells the user: steps with their progress, and errors of a few lines."""

import shutil
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import TextIO

_SPARSE_SECONDS = 15.0
_REDRAW_SECONDS = 0.1


class SetupError(Exception):
    """Something the user can mend: one to five lines that say what is wrong, where, and the remedy."""


class Step:
    """One step under way: a line that is rewritten on a terminal, elsewhere a new one every quarter of a minute."""

    def __init__(self, title: str, stream: TextIO) -> None:
        self._title = title
        self._stream = stream
        self._tty = stream.isatty()
        self._began = time.monotonic()
        self._shown = self._began
        self._text = ""

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def update(self, text: str | None = None) -> None:
        """Show `text`; without one, that time goes by."""
        if text is not None:
            self._text = text
        now = time.monotonic()
        if now - self._shown >= (_REDRAW_SECONDS if self._tty else _SPARSE_SECONDS):
            self._shown = now
            self._write(f"{self._title}: {self._text} ({self.seconds:.0f} s)" if self._text else f"{self._title} …")

    def _write(self, line: str, *, last: bool = False) -> None:
        if self._tty:
            width = shutil.get_terminal_size().columns - 1
            self._stream.write(f"\r\x1b[K{line[:width]}" + ("\n" if last else ""))
        else:
            self._stream.write(f"{line}\n")
        self._stream.flush()

    def begin(self) -> None:
        self._write(f"{self._title} …")

    def end(self, text: str) -> None:
        self._write(f"{self._title}: {text} ({self.seconds:.0f} s)", last=True)

    def clear(self) -> None:
        """Leave no half line behind."""
        if self._tty:
            self._stream.write("\r\x1b[K")
            self._stream.flush()


@contextmanager
def step(title: str, *, done: str = "done") -> Generator[Step]:
    """Show that `title` is being done, then that it is; `update` what it returns in between."""
    current = Step(title, sys.stderr)
    current.begin()
    try:
        yield current
    except BaseException:
        current.clear()
        raise
    current.end(done)


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def megabytes(size: float) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
