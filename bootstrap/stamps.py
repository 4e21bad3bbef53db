"""What was done from what: the memory that makes a second run quick, and an interrupted one start over."""

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".cache" / "setup"
"""Stamps, logs and the lock of set-up."""


def digest(paths: Iterable[Path], *, base: Path = ROOT) -> str:
    """One hash over the files' names and contents."""
    whole = hashlib.sha256()
    for path in sorted(paths):
        content = path.read_bytes()
        whole.update(f"{path.relative_to(base)}\0{len(content)}\0".encode())
        whole.update(content)
    return whole.hexdigest()


def read(path: Path) -> dict[str, Any]:
    """What `write` wrote; nothing when it is missing or damaged, which is to say: not done."""
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return cast(dict[str, Any], content) if isinstance(content, dict) else {}


def write(path: Path, content: dict[str, Any]) -> None:
    """At once or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    partial.write_text(json.dumps(content, indent=1, sort_keys=True))
    partial.replace(path)
