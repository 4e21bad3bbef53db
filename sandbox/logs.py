"""`lakehouse logs`: what each part of the sandbox said."""

import time
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console

from infra.errors import ConfigurationError
from infra.validation import nearest
from sandbox.processes import last_lines


def print_logs(logs: Mapping[str, Path], part: str | None, lines: int, follow: bool, console: Console) -> None:
    """The last `lines` of each log whose name contains `part`; raises `ConfigurationError` where there is none."""
    chosen = {name: log for name, log in logs.items() if part is None or part.lower() in name.lower()}
    if not chosen:
        raise ConfigurationError(f"no part is called '{part}'{nearest(part or '', list(logs))}")
    sizes = {name: log.stat().st_size if log.exists() else 0 for name, log in chosen.items()}
    for name, log in chosen.items():
        console.rule(f"{name} ({log})", align="left", style="dim")
        for line in last_lines(log, lines):
            console.out(line, highlight=False)
    while follow:
        for name, log in chosen.items():
            sizes[name] = _print_added(name, log, sizes[name], console)
        time.sleep(0.3)


def _print_added(name: str, log: Path, since: int, console: Console) -> int:
    if not log.exists():
        return since
    with log.open("rb") as file:
        file.seek(since)
        added = file.read()
    whole, newline, _ = added.rpartition(b"\n")
    for line in whole.decode(errors="replace").splitlines():
        console.out(f"{name}: {line}", highlight=False)
    return since + len(whole) + len(newline)
