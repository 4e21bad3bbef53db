"""The way in. This file reads well to any Python since 3.6, because it is the one that tells yours is too old."""

import os
import subprocess
import sys

OLDEST, NEWEST = (3, 11), (3, 13)


def supported(version: "tuple[int, ...]") -> bool:
    return OLDEST <= version[:2] <= NEWEST


def find_other() -> "str | None":
    """The newest Python on the PATH that we support; None without one. (Version managers leave names that fail.)"""
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        name = f"python3.{minor}"
        try:
            subprocess.check_call([name, "-c", ""], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except (OSError, subprocess.CalledProcessError):
            continue
        return name
    return None


def main() -> int:
    if not supported(sys.version_info[:2]):
        other = find_other()
        if other is not None:
            os.execvp(other, [other, "-m", "bootstrap", *sys.argv[1:]])
        sys.stderr.write(
            f"This project needs Python 3.{OLDEST[1]} to 3.{NEWEST[1]}; {sys.executable} is "
            f"{sys.version_info[0]}.{sys.version_info[1]}, and there is no other on the PATH.\n"
            "Install one (in Debian 12 and Ubuntu 24.04 it is `python3`), or name it: make PYTHON=/path/to/python3\n"
        )
        return 1
    # Only now: an older Python can not even read it.
    from bootstrap.cli import main as run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
