"""Violations of policies, as text: `python -m review.violations events.jsonl > violations.txt`.

`pulumi preview --json` leaves them out, so they are taken from the engine's events. `--event-log` writes those (with
PULUMI_DEBUG_COMMANDS=true, as Pulumi's Automation API asks for it).
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def violations(log: str) -> list[str]:
    """One text a violation, mandatory ones first; raises `ValueError` with the line that is no event."""
    found: list[dict[str, Any]] = []
    for number, line in enumerate(log.splitlines(), 1):
        try:
            event = json.loads(line)
            violation = event.get("policyEvent")
        except (ValueError, AttributeError):
            raise ValueError(f"line {number} is no event of Pulumi's engine: {line[:60]!r}") from None
        if violation:
            found.append(violation)
    return [text for _, text in sorted({(_order(each), _text(each)) for each in found})]


def _order(violation: dict[str, Any]) -> tuple[bool, str]:
    return violation.get("enforcementLevel") != "mandatory", str(violation.get("policyName"))


def _text(violation: dict[str, Any]) -> str:
    name = str(violation.get("resourceUrn", "")).rpartition("::")[2]
    on = f" on {name}" if name else ""
    level, policy = violation.get("enforcementLevel"), violation.get("policyName")
    return f"[{level}] {policy}{on}\n{str(violation.get('message', '')).strip()}\n"


def main(arguments: Sequence[str]) -> int:
    if len(arguments) != 1:
        print("usage: python -m review.violations EVENT_LOG", file=sys.stderr)
        return 2
    try:
        texts = violations(Path(arguments[0]).read_text())
    except (OSError, ValueError) as error:
        print(f"{arguments[0]}: {error}", file=sys.stderr)
        return 2
    print("\n".join(texts), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
