"""`python -m review preview.json --stack prod`: the comment, on the standard output.

Exit codes: 0 with a comment, also for a preview that failed; 2 for anything that is no preview.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from review.comment import Beside, comment
from review.costs import costs, read_costs
from review.document import NotAPreview, read


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m review", description="Writes what a reviewer has to know of a preview, as Markdown for GitHub."
    )
    parser.add_argument("preview", type=Path, help="what `pulumi preview --json --show-sames` printed")
    parser.add_argument("--stack", required=True, help="the stack's name")
    parser.add_argument("--violations", type=Path, help="what `python -m review.violations` printed")
    parser.add_argument("--impact", type=Path, help="what `lakehouse impact BASE..HEAD --markdown` wrote")
    estimate = "what `python -m costs STACK --json` printed for the commit that the change is {}"
    parser.add_argument("--costs-before", type=Path, help=estimate.format("based on"))
    parser.add_argument("--costs-after", type=Path, help=estimate.format("made by"))
    options = parser.parse_args(arguments)
    if (options.costs_before is None) != (options.costs_after is None):
        parser.error("--costs-before and --costs-after go together")
    try:
        preview = read(options.preview)
        beside = _beside(options)
    except NotAPreview as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename}: cannot be read: {error.strerror}", file=sys.stderr)
        return 2
    sys.stdout.write(comment(preview, options.stack, beside))
    return 0


def _beside(options: argparse.Namespace) -> Beside:
    def text(file: Path | None) -> str:
        return file.read_text() if file else ""

    estimates = (options.costs_before, options.costs_after)
    return Beside(
        violations=text(options.violations),
        impact=text(options.impact),
        costs=costs(*map(read_costs, estimates)) if options.costs_before else None,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
