"""How far it is: a bar on a terminal, else a line every few seconds."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress

_LINE_SECONDS = 5.0


class Progress(Protocol):
    """What is told how far it is."""

    def __call__(self, done: int, text: str) -> None:
        """`done`: how many; `text`: the same in words."""
        ...


class Rate:
    """How many a second since the last time it was asked."""

    def __init__(self) -> None:
        self._done = 0
        self._at = time.monotonic()

    def of(self, done: int) -> float:
        now = time.monotonic()
        rate = (done - self._done) / max(now - self._at, 1e-9)
        self._done, self._at = done, now
        return rate


class Lines:
    """A line when something came to pass, at most every five seconds."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._shown = 0
        self._rate = Rate()
        self._next = time.monotonic() + _LINE_SECONDS

    def __call__(self, done: int, text: str) -> None:
        if done != self._shown and time.monotonic() >= self._next:
            print(f"{text} ({self._rate.of(done):.1f} {self._unit}/s)", flush=True)
            self._shown, self._next = done, time.monotonic() + _LINE_SECONDS


@contextmanager
def progress(unit: str, total: int | None = None) -> Generator[Progress]:
    """Shows `total` of `unit` (None: without an end) on standard output."""
    console = Console()
    if not console.is_terminal:
        yield Lines(unit)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with RichProgress(*columns, console=console) as bar:
        task = bar.add_task(unit, total=total)
        yield lambda done, text: bar.update(task, completed=done, description=text)
