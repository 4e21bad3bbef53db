"""`python -m review preview.json --stack prod`: the comment, on the standard output.

Exit codes: 0 with a comment, also for a preview that failed; 2 for anything that is no preview.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from review.comment import comment
from review.document import NotAPreview, read


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m review", description="Writes what a reviewer has to know of a preview, as Markdown for GitHub."
    )
    parser.add_argument("preview", type=Path, help="what `pulumi preview --json --show-sames` printed")
    parser.add_argument("--stack", required=True, help="the stack's name")
    parser.add_argument("--violations", type=Path, help="what `python -m review.violations` printed")
    options = parser.parse_args(arguments)
    try:
        preview = read(options.preview)
        violations = options.violations.read_text() if options.violations else ""
    except NotAPreview as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{options.violations}: cannot be read: {error.strerror}", file=sys.stderr)
        return 2
    sys.stdout.write(comment(preview, options.stack, violations))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
