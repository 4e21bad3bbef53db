"""This machine: whether it can do what we need, and what is installed through its package manager."""

import os
import platform
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bootstrap import command
from bootstrap.console import SetupError, megabytes, say, step
from bootstrap.stamps import ROOT, STATE

_MANAGERS = {
    "apt-get": "sudo apt-get install",
    "dnf": "sudo dnf install",
    "zypper": "sudo zypper install",
    "pacman": "sudo pacman -S",
    "brew": "brew install",
}


def check_platform() -> None:
    """The embedded databases exist for Linux with glibc on x86-64 only."""
    system, architecture = platform.system(), platform.machine()
    libc = platform.libc_ver()[0]
    if (system, architecture, libc) == ("Linux", "x86_64", "glibc"):
        return
    found = f"{system} on {architecture}" + (" without glibc" if system == "Linux" and libc != "glibc" else "")
    raise SetupError(
        f"The sandbox runs on Linux (glibc) on x86-64: its databases are built for nothing else. This is {found}.\n"
        "Use such a machine, a virtual one or a container, e.g. `docker run --platform linux/amd64 -it python:3.12`."
    )


def check_space(needed: Mapping[Path, float]) -> None:
    """Every directory's file system must have room for what will be put there, together with the others on it."""
    devices: dict[int, tuple[Path, float]] = {}
    for directory, size in needed.items():
        existing = next(path for path in (directory, *directory.parents) if path.exists())
        device = existing.stat().st_dev
        path, sum_so_far = devices.get(device, (existing, 0.0))
        devices[device] = (path, sum_so_far + size)
    for path, size in devices.values():
        free = shutil.disk_usage(path).free
        if free < size:
            raise SetupError(
                f"Set-up needs {megabytes(size)} of disk space at {path}, where {megabytes(free)} are free.\n"
                "Make room there and run this again: what is already done is kept."
            )


def space_for_python() -> dict[Path, float]:
    """The environment itself, pip's cache, and what it builds and unpacks on the way."""
    return {ROOT: 1.8e9, Path.home() / ".cache": 0.5e9, Path(tempfile.gettempdir()): 0.8e9}


def is_root() -> bool:
    return os.geteuid() == 0


def ensure_installed(what: str, names: Mapping[str, Sequence[str]]) -> None:
    """Install `what` where we are root and have apt; anywhere else raise the error that names the command to run.

    `names` holds the packages by package manager; for apt, alternatives are written "first|second".
    """
    manager = next((name for name in _MANAGERS if name in names and shutil.which(name)), None)
    if manager == "apt-get" and is_root():
        _apt_install(what, names["apt-get"])
    elif manager is None:
        raise SetupError(f"Missing: {what}. Install that by hand: this machine has no package manager that we know.")
    else:
        packages = " ".join(name.partition("|")[0] for name in names[manager])
        raise SetupError(f"Missing: {what}. Install that and run this again:\n    {_MANAGERS[manager]} {packages}")


def _apt_install(what: str, names: Sequence[str]) -> None:
    say(f"Missing: {what}. Installing that with apt-get, as we are root here.")
    options = ("-o", "DPkg::Lock::Timeout=120", "-o", "Dpkg::Use-Pty=0")
    _apt("Package lists", "update", *options)
    packages = [_available(what, name.split("|")) for name in names]
    # Mends what an interrupted installation left, without which apt-get refuses.
    subprocess.run(["dpkg", "--configure", "-a"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    _apt(what, "install", "--yes", "--no-install-recommends", *options, *packages)


def _apt(title: str, verb: str, *arguments: str) -> None:
    log = STATE / f"apt-{verb}.log"
    argv = ["apt-get", verb, *arguments]
    with step(f"{title} (apt-get {verb})") as current:
        code = command.run(argv, step=current, log=log, progress=str, env={"DEBIAN_FRONTEND": "noninteractive"})
        if code:
            errors = [line for line in log.read_text(errors="replace").splitlines() if line.startswith("E:")][:2]
            raise SetupError("\n".join([f"{' '.join(argv)} ended with exit code {code}:", *errors, f"See {log}."]))


def _available(what: str, names: Sequence[str]) -> str:
    for name in names:
        found = subprocess.run(["apt-cache", "policy", name], capture_output=True, text=True, check=False).stdout
        if re.search(r"Candidate: (?!\(none\))", found):
            return name
    raise SetupError(f"Missing: {what}. This distribution offers no {' or '.join(names)}: install that by hand.")
