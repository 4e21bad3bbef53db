"""How the sandbox starts Java programs that are small servers."""

from collections.abc import Sequence
from pathlib import Path

_LOGGING = Path(__file__).with_name("log4j2.properties")


def command(java: Path, program: Sequence[str | Path], *, heap_mib: int, options: Sequence[str] = ()) -> list[str]:
    """The arguments of a process for `program`: a main class or "-jar FILE", and what follows it.

    It compiles quickly rather than well and collects garbage in one thread: start and memory count here, not load.
    """
    return [
        str(java),
        f"-Xmx{heap_mib}m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        # Half a server that goes on after it would be harder to understand than one that ended.
        "-XX:+ExitOnOutOfMemoryError",
        f"-Dlog4j2.configurationFile={_LOGGING}",
        *options,
        *(str(part) for part in program),
    ]


def classpath(folder: Path) -> str:
    """All jars of a folder, in one order on every machine."""
    return ":".join(str(jar) for jar in sorted(folder.resolve().glob("*.jar")))
