"""The image's jars, built from images/flink by the same Maven build that the image uses."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from bootstrap import maven, stamps
from bootstrap.console import step
from bootstrap.java import Tools
from bootstrap.stamps import ROOT, STATE

IMAGE = ROOT / "images" / "flink"
POM = IMAGE / "pom.xml"
CHECKSUMS = IMAGE / "jars.sha256"
OUTPUT = IMAGE / "target" / "opt-flink"

_STAMP = STATE / "flink.json"
_BUILT_HERE = "lakehouse-"
"""How jars of our own are called that lie beside others'."""


def is_ready() -> bool:
    stamp = stamps.read(_STAMP)
    return stamp.get("inputs") == _inputs() and _sizes(stamp.get("sizes", {})) == stamp.get("sizes")


def ensure(tools: Tools) -> None:
    """Build; `SetupError` when that fails, or a jar is not the one that we know."""
    inputs = _inputs()
    _STAMP.unlink(missing_ok=True)
    expected = maven.checksums(CHECKSUMS)
    # An interrupted copy would be taken for the file itself.
    for file in maven.differing(expected, OUTPUT):
        file.unlink(missing_ok=True)
    # Beside its successor, a jar of an earlier version would be loaded too: the first of a class wins.
    for file in _others(expected):
        file.unlink()
    with step("Flink's connectors and the SQL runner (Maven)", done="built and verified") as current:
        maven.run(tools, POM, "package", "-DskipTests", step=current, name="flink")
        current.update("comparing checksums")
        for file in (*maven.differing(expected, OUTPUT), *_others(expected)):
            raise maven.refuse(file, CHECKSUMS)
    stamps.write(_STAMP, {"inputs": inputs, "sizes": _sizes(expected)})


def test(tools: Tools) -> None:
    """The Java tests; `SetupError` when one fails."""
    progress = maven.MavenProgress()
    with step("Java tests (Maven)", done="passed") as current:
        maven.run(tools, POM, "verify", step=current, name="verify", progress=progress)
        current.update(f"{progress.tests} tests")


def space() -> dict[Path, float]:
    return {ROOT: 0.3e9, Path.home() / ".m2": 0.6e9}


def _inputs() -> str:
    files = (path for path in IMAGE.rglob("*") if path.is_file() and "target" not in path.relative_to(IMAGE).parts)
    return stamps.digest(path for path in files if path.suffix in {".xml", ".java", ".sha256"})


def _others(names: Collection[str]) -> list[Path]:
    """Third-party jars in the output that are none of `names`."""
    found = (path for folder in ("lib", "plugins") for path in (OUTPUT / folder).rglob("*.jar"))
    third_party = (path for path in found if not path.name.startswith(_BUILT_HERE))
    return sorted(path for path in third_party if path.relative_to(OUTPUT).as_posix() not in names)


def _sizes(names: dict[str, Any]) -> dict[str, int | None]:
    """The sizes of those files that have one, to notice what was deleted or cut off without reading it all."""
    return {name: (OUTPUT / name).stat().st_size if (OUTPUT / name).exists() else None for name in names}
