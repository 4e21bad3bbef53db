"""`python -m sandbox.flink.options`: the list of Flink's options, `infra/flink_options.tsv`, from Flink's own jars."""

import subprocess

from sandbox.flink.home import CHECKOUT, flink_distribution
from sandbox.packages import java_home

FILE = CHECKOUT / "infra" / "flink_options.tsv"
_PROGRAM = CHECKOUT / "images" / "flink" / "options" / "ListFlinkOptions.java"
_JARS = ("lib/flink-dist", "lib/flink-table-api-java-uber", "lib/flink-table-planner", "opt/flink-python")


def list_options() -> str:
    """A line for each option: its key, a tab, the type of its value."""
    home = flink_distribution()
    jars = [next(home.glob(f"{name}-*.jar")) for name in _JARS]
    command = [java_home() / "bin" / "java", "-cp", f"{home}/lib/*:{home}/opt/*", _PROGRAM, *jars]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    FILE.write_text(list_options())
