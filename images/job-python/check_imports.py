"""`python check_imports.py FOLDER`: whether this Python has every module that the .py files of a job's folder import.

Run by the interpreter that will run the job, where its environment is made: in the image's build, and in set-up. What
is missing fails there, and not hours later in the middle of a function. It reads the files and imports what they name,
but not the files themselves. Only the standard library.
"""

import ast
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

_WORKER = "pyflink.fn_execution.beam.beam_sdk_worker_main"
"""What runs the functions of every Python job, whatever the job itself imports."""


def problems(folder: Path) -> Iterator[str]:
    """One line for each import that fails: the file, its line, and what Python says."""
    files = sorted(folder.glob("*.py"))
    own = {file.stem for file in files}
    for file in files:
        try:
            parsed = ast.parse(file.read_text(encoding="utf-8"), file.name)
        except SyntaxError as error:
            yield f"{file.name}:{error.lineno}: {error.msg}"
            continue
        for line, module, name in _imported(parsed):
            if module.partition(".")[0] not in own and (said := _problem(module, name)):
                yield f"{file.name}:{line}: {said}"


def _imported(parsed: ast.Module) -> Iterator[tuple[int, str, str | None]]:
    """Line, module, and what is taken from it."""
    for node in ast.walk(parsed):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.lineno, node.module, alias.name) for alias in node.names)


def _problem(module: str, name: str | None) -> str | None:
    try:
        found = importlib.import_module(module)
        if name not in (None, "*") and not hasattr(found, name):
            importlib.import_module(f"{module}.{name}")
    except Exception as failure:
        return f"{module}{f'.{name}' if name else ''} cannot be imported: {failure}"
    return None


def main() -> int:
    found = [*problems(Path(sys.argv[1])), *filter(None, [_problem(_WORKER, None)])]
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
