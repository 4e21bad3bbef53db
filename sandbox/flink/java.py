"""How Flink's processes are started: the JVM's options, Flink's own division of the memory, the classpath."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from infra.errors import ConfigurationError
from sandbox.flink.class_archive import ClassArchive
from sandbox.flink.home import Home, flink_distribution

_RESULT = "BASH_JAVA_UTILS_EXEC_RESULT:"

_STARTS_FAST = ["-XX:TieredStopAtLevel=1"]
"""Compile quickly rather than well: on two cores, the optimising compiler would take one from the job for minutes."""

JAVA_17 = [
    f"--add-{how}={module}=ALL-UNNAMED"
    for how, module in (
        ("exports", "java.rmi/sun.rmi.registry"),
        ("exports", "jdk.compiler/com.sun.tools.javac.api"),
        ("exports", "jdk.compiler/com.sun.tools.javac.file"),
        ("exports", "jdk.compiler/com.sun.tools.javac.parser"),
        ("exports", "jdk.compiler/com.sun.tools.javac.tree"),
        ("exports", "jdk.compiler/com.sun.tools.javac.util"),
        ("exports", "java.security.jgss/sun.security.krb5"),
        ("opens", "java.base/java.lang"),
        ("opens", "java.base/java.net"),
        ("opens", "java.base/java.io"),
        ("opens", "java.base/java.nio"),
        ("opens", "java.base/sun.nio.ch"),
        ("opens", "java.base/java.lang.reflect"),
        ("opens", "java.base/java.text"),
        ("opens", "java.base/java.time"),
        ("opens", "java.base/java.util"),
        ("opens", "java.base/java.util.concurrent"),
        ("opens", "java.base/java.util.concurrent.atomic"),
        ("opens", "java.base/java.util.concurrent.locks"),
    )
]
"""`env.java.opts.all` of Flink's own conf/config.yaml, which the operator sets for v1_18 and later."""


class FlinkJava:
    """Commands for the processes of one job; `archives` has the class archive of each kind that was asked for."""

    def __init__(self, job: str, home: Home, java: Path) -> None:
        self.archives: dict[str, ClassArchive] = {}
        self._parameters: dict[str, tuple[list[str], list[str]]] = {}
        self._job = job
        self._home = home
        self._java = java

    def command(self, process: str, main_class: str, options: Sequence[str] = ()) -> list[str]:
        """As Flink's own scripts start a 'JM' or 'TM': what its memory model gives goes to the JVM and to Flink."""
        if process not in self._parameters:
            self._parameters[process] = self._resource_parameters(process)
        jvm, flink = self._parameters[process]
        conf = self._home.path / "conf"
        logging = f"-Dlog4j.configurationFile={conf / 'log4j.properties'}"
        jars = sorted(jar.resolve() for jar in (self._home.path / "lib").iterdir())
        # One archive a kind: a second one would wait for a file that no process writes.
        archive = self.archives.setdefault(process, ClassArchive(process, self._java, jars))
        classpath = ["-classpath", ":".join(str(jar) for jar in jars)]
        return [
            *[str(self._java), *jvm, *archive.options(), *_STARTS_FAST, *JAVA_17, logging, *classpath],
            *[main_class, "--configDir", str(conf), *options, *flink],
        ]

    def plain(self, main_class: str, jars: Sequence[Path]) -> list[str]:
        """A program that is no process of a cluster, with Flink's classes and these."""
        conf = self._home.path / "conf"
        logging = f"-Dlog4j.configurationFile={conf / 'log4j.properties'}"
        classpath = ":".join([f"{self._home.path / 'lib'}/*", *map(str, jars)])
        return [*[str(self._java), "-Xmx512m", *_STARTS_FAST, *JAVA_17, logging], "-classpath", classpath, main_class]

    def _resource_parameters(self, process: str) -> tuple[list[str], list[str]]:
        """The JVM's parameters and Flink's, as Flink divides the container's memory; `ConfigurationError` if it
        can't."""
        distribution = flink_distribution()
        classpath = [distribution / "bin" / "bash-java-utils.jar", *(distribution / "lib").glob("flink-dist-*.jar")]
        run = subprocess.run(
            [
                *[self._java, "-cp", ":".join(str(jar) for jar in classpath)],
                "org.apache.flink.runtime.util.bash.BashJavaUtils",
                *[f"GET_{process}_RESOURCE_PARAMS", "--configDir", str(self._home.path / "conf")],
            ],
            capture_output=True,
            text=True,
        )
        results = [line.split(":", 1)[1] for line in run.stdout.splitlines() if line.startswith(_RESULT)]
        if run.returncode != 0 or len(results) != 2:
            said = [line for line in run.stderr.splitlines() if "Exception" in line] or run.stderr.splitlines()[-1:]
            raise ConfigurationError(
                f"jobs/{self._job}/job.yaml: resources: Flink cannot divide this memory:\n  "
                + (said[-1].strip() if said else f"exit code {run.returncode}")
            )
        return results[0].split(), results[1].split()
