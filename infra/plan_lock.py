"""`jobs/<name>/plan.lock.json`: what Flink's planner makes of a job, in the job's folder, where reviews see it.

`lakehouse plan` writes it (`sandbox/plan.py`); nothing else does. docs/plan-lock.md says what each field means.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, cast

from pydantic import StringConstraints

from infra.errors import ConfigurationError
from infra.job_kinds import JobFiles
from infra.job_manifest import JobManifest
from infra.validation import Strict, validate
from infra.versions import FLINK

LOCK = "plan.lock.json"
VERSION = 1
"""Of the file's shape."""

_CODE = {"sql": (), "java": ("pom.xml", "src/main"), "python": ("requirements.lock",)}
"""What a job's plan follows from, beside the files that it is given as it starts."""
_JARS = "images/flink/jars.sha256"
"""The connectors, by their content; of the project."""

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
OperatorId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]


class LockedColumn(Strict):
    name: str
    type: str
    """As Flink calls it, like 'STRING' or 'TIMESTAMP(6)'; without NOT NULL."""
    nullable: bool
    description: str = ""


class LockedTable(Strict):
    """A table that the job makes in a catalog, as the catalog has it then."""

    columns: list[LockedColumn]
    key: list[str] = []
    partitioned_by: list[str] = []


class LockedSource(Strict):
    """A table that the job reads, as the job declares it."""

    connector: str
    columns: list[LockedColumn]
    key: list[str] = []


class LockedState(Strict):
    """One state of an operator, as the operator asks Flink for it."""

    name: str
    scope: Literal["key", "operator", "union", "broadcast", "timer"]
    """For each key; or of the operator as a whole: a list that is divided, one that each instance gets, a map."""
    kind: Literal["VALUE", "LIST", "MAP", "REDUCING", "AGGREGATING"] | None = None
    type: str
    """What is stored."""
    window: str | None = None
    """The namespace within a key, where there is one."""
    ttl: int | None = None
    """How long it is kept, in milliseconds; None: for ever."""


class LockedOperator(Strict):
    id: OperatorId
    """Flink's OperatorID: by it a savepoint's state finds its operator."""
    name: str
    kind: str
    """The planner's word for it, like 'Join'; of what no planner made, the name of its class."""
    description: str
    uid: str | None = None
    """What the job's code says that it is, so that its id follows from that alone."""
    inputs: list[OperatorId] = []
    key: str | None = None
    """The type of what its state is kept by; None: it has no keyed state."""
    state: list[LockedState] | None
    """None: it can't be seen before the job runs."""
    output: str | None = None


class PlanLock(Strict):
    version: Literal[1]
    digest: Digest
    """Of all the rest: it tells an edit by hand."""
    inputs: Digest
    """Of what the plan follows from: it tells a lock that is older than the job."""
    flink: str
    tables: dict[str, LockedTable]
    """`<database as the stack file calls it>.<table>` of the lake; with its catalog in front where that is another."""
    sources: dict[str, LockedSource]
    """By the name in the job, with its catalog and database where it is no temporary table."""
    operators: list[LockedOperator]
    """In the order in which data flows."""


def inputs(folder: Path, files: JobFiles, manifest: JobManifest) -> str:
    """The digest of what the plan of the job in `folder` follows from."""
    digest = hashlib.sha256()
    for name, content in _ingredients(folder, files, manifest):
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def make(folder: Path, files: JobFiles, manifest: JobManifest, plan: Mapping[str, Any]) -> PlanLock:
    """The lock of the job in `folder`; `plan`: its tables, sources and operators."""
    rest = {"inputs": inputs(folder, files, manifest), "flink": _minor(FLINK), **plan}
    unsigned = PlanLock.model_validate({"version": VERSION, "digest": "0" * 64, **rest})
    return unsigned.model_copy(update={"digest": _digest(_plain(unsigned))})


def text_of(lock: PlanLock) -> str:
    """The file's content: the same lock, the same bytes."""
    return json.dumps(_plain(lock), indent=2, ensure_ascii=False) + "\n"


def parse_lock(text: str, shown_as: str) -> PlanLock:
    """The lock in a file's `text`; `shown_as`: the file, as messages call it, `jobs/<name>/plan.lock.json`.

    Raises `ConfigurationError` where it is none, was edited by hand, or is of another version than this program knows.
    """
    remedy = f"'lakehouse plan {shown_as.split('/')[-2]}' writes it anew"
    try:
        document = json.loads(text)
    except ValueError as error:
        where = f":{error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise ConfigurationError(f"{shown_as}{where}: not valid JSON, as after a merge; {remedy}") from None
    if not isinstance(document, dict) or "version" not in document:
        raise ConfigurationError(f"{shown_as}: this is no plan lock; {remedy}")
    found = cast(dict[str, Any], document)
    if found["version"] != VERSION:
        raise ConfigurationError(
            f"{shown_as}: a plan lock of version {found['version']}, and this program knows {VERSION}; {remedy}"
        )
    if found.get("digest") != _digest(found):
        raise ConfigurationError(
            f"{shown_as}: edited by hand: its content is not what its digest says; {remedy}, after an edit of the job"
        )
    return validate(PlanLock, found, shown_as=shown_as)


def read_lock(folder: Path) -> PlanLock | None:
    """Of the job in `folder`; None where there is none. Raises what `parse_lock` does."""
    file = folder / LOCK
    return parse_lock(file.read_text(encoding="utf-8"), f"jobs/{folder.name}/{LOCK}") if file.exists() else None


def write_lock(folder: Path, lock: PlanLock) -> None:
    (folder / LOCK).write_text(text_of(lock), encoding="utf-8")


def _ingredients(folder: Path, files: JobFiles, manifest: JobManifest) -> Iterator[tuple[str, bytes]]:
    yield "version", f"{VERSION} {FLINK}".encode()
    jars = folder.parent.parent / _JARS
    yield _JARS, jars.read_bytes() if jars.exists() else b""
    planned = {
        "parallelism": manifest.parallelism,
        "flink": dict(sorted(manifest.flink.items())),
        "catalogs": manifest.catalogs,
        "entry_class": manifest.entry_class,
        "writes": [write.table for write in manifest.writes],
    }
    yield "job.yaml", json.dumps(planned).encode()
    yield from ((name, text.encode()) for name, text in sorted(files.mounted.items()))
    for part in _CODE[files.kind]:
        below = (folder / part).rglob("*") if (folder / part).is_dir() else [folder / part]
        for file in sorted(path for path in below if path.is_file()):
            yield file.relative_to(folder).as_posix(), file.read_bytes()


def _plain(lock: PlanLock) -> dict[str, Any]:
    return lock.model_dump(mode="json", exclude_defaults=True)


def _digest(document: Mapping[str, Any]) -> str:
    rest = {key: value for key, value in document.items() if key != "digest"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])
