"""`python -m costs` writes docs/costs.md; `python -m costs STACK` tells what a stack costs, also as a document.

Exit codes: 0, or 2 for a stack that can't be estimated.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from costs.document import document
from costs.page import rendered, summary
from costs.prices import load_prices
from costs.stacks import deployed_stack
from infra.errors import ConfigurationError

PROJECT = Path(__file__).resolve().parent.parent
FILE = PROJECT / "docs" / "costs.md"


def main(arguments: Sequence[str], project: Path = PROJECT) -> int:
    parser = argparse.ArgumentParser(prog="python -m costs", description="Estimates what stacks cost by the month.")
    parser.add_argument("stack", nargs="?", help="of this one; without it docs/costs.md is written, which has them all")
    parser.add_argument("--json", action="store_true", help="as a document (costs/document.py), for a comparison")
    options = parser.parse_args(arguments)
    if options.json and not options.stack:
        parser.error("--json is of one stack: name it")
    try:
        if options.stack is None:
            FILE.write_text(rendered(project))
            return 0
        found = deployed_stack(project, options.stack)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 2
    print(document(found, load_prices()).model_dump_json(indent=2) if options.json else summary(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
