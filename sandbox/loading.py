"""The loading display: each step with how long it took, a spinner on the one that runs; plain lines where there is
no terminal."""

import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table

from sandbox.state import State, Step


class Loading:
    """Shows steps, of the sandbox's start and of what follows it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._started: tuple[Step, ...] = ()
        self._own: list[Step] = []
        self._printed = 0
        self._live = Live(console=console, refresh_per_second=8, transient=False) if console.is_terminal else None

    @property
    def steps(self) -> tuple[Step, ...]:
        return (*self._started, *self._own)

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._refresh()
        if self._live:
            self._live.stop()

    def show(self, state: State) -> None:
        """The steps of a starting sandbox."""
        self._started = state.steps
        self._refresh()

    @contextmanager
    def step(self, name: str) -> Generator["Progress"]:
        """A step of our own; what it yields can add to its line."""
        began = time.monotonic()
        self._own.append(Step(name=name))
        progress = Progress(self, name)
        self._refresh()
        yield progress
        self._own[-1] = Step(name=progress.line, seconds=round(time.monotonic() - began, 1))
        self._refresh()

    def rename(self, name: str) -> None:
        self._own[-1] = Step(name=name)
        self._refresh()

    def _refresh(self) -> None:
        if self._live:
            self._live.update(_render(self.steps))
            return
        done = [step for step in self.steps if step.seconds is not None]
        for step in done[self._printed :]:
            self._console.print(f"{step.name} ({step.seconds:.1f} s)", highlight=False)
        self._printed = len(done)


class Progress:
    """The line of a running step."""

    def __init__(self, loading: Loading, name: str) -> None:
        self._loading = loading
        self._name = name
        self.line = name

    def tell(self, detail: str) -> None:
        self.line = f"{self._name}: {detail}"
        self._loading.rename(self.line)


def _render(steps: Sequence[Step]) -> Group:
    table = Table.grid(padding=(0, 1))
    table.add_column(width=1)
    table.add_column()
    table.add_column(justify="right", style="dim")
    for step in steps:
        if step.seconds is None:
            table.add_row(Spinner("dots", style="cyan"), step.name, "")
        else:
            table.add_row("[green]✓[/green]", step.name, f"{step.seconds:.1f} s")
    return Group(table)
