"""Why a job restarts, in words a reviewer finds again in the pull request."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from review.markdown import code
from review.preview import CONFIG_MAP, Preview, Step
from review.values import ABSENT, Change, Path, lookup, path_text, value_text

_SHOWN = 6


@dataclass(frozen=True)
class Reasons:
    """Markdown, one a change, and whether what the job computes is among them."""

    texts: Sequence[str] = ()
    has_new_script: bool = False


NO_REASONS = Reasons()


def reasons(step: Step, preview: Preview) -> Reasons:
    """Of a Flink resource's changes."""
    found = [reason for change in step.changes for reason in _of_change(change, step, preview)]
    texts = list(dict.fromkeys(text for text, _ in found))
    if len(texts) > _SHOWN:
        texts = [*texts[: _SHOWN - 1], f"and {len(texts) - _SHOWN + 1} more"]
    return Reasons(texts, any(is_script for _, is_script in found))


def _of_change(change: Change, step: Step, preview: Preview) -> Iterator[tuple[str, bool]]:
    """(what changes, whether it is the job's script)."""
    files = _files_of(change, preview)
    if files:
        yield from ((f"{code(file)} changes", file.endswith(".sql")) for file in files)
    else:
        before, after = value_text(change.before, 60), value_text(change.after, 60)
        yield f"{code(_called(change.path, step))}: {code(before)} → {code(after)}", False


def _files_of(change: Change, preview: Preview) -> list[str]:
    """The files of a ConfigMap that is named by its content, when it is another name that changes."""
    if change.path[-2:] != ("configMap", "name"):
        return []
    return [
        str(each.path[1])
        for step in preview.changed
        if step.type == CONFIG_MAP and step.old and lookup(step.old.inputs, ("metadata", "name")) == change.before
        for each in step.changes
        if each.path[0] == "data" and len(each.path) > 1
    ]


def _called(path: Path, step: Step) -> str:
    """A path without what it always begins with; an option and an environment variable by their own name."""
    match path:
        case ("spec", "flinkConfiguration", *option):
            return ".".join(str(part) for part in option)
        case (*container, "env", int(), "value"):
            entry = path[: len(container) + 2]
            name = lookup(step.new.inputs if step.new else {}, (*entry, "name"))
            return path_text(path) if name is ABSENT else str(name)
        case ("spec" | "metadata", *rest):
            return path_text(tuple(rest))
        case _:
            return path_text(path)
