"""A job's `/opt/flink` on this machine: the image's jars, and what Kubernetes would mount, as files.

Paths in the FlinkDeployment are the container's; here they are under the job's own home, and `Home.local` translates
them.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import yaml

from sandbox.packages import flink_jars

CONTAINER_HOME = "/opt/flink"
CHECKOUT = Path(__file__).resolve().parents[2]


def flink_distribution() -> Path:
    """Flink itself, from the Python package apache-flink-libraries."""
    found = find_spec("pyflink")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError("Flink is not installed: run 'make setup'")
    return Path(found.submodule_search_locations[0])


@dataclass(frozen=True)
class Home:
    """A job's /opt/flink."""

    path: Path

    def local(self, text: str) -> str:
        """A container's path, or a value with one, as it is on this machine."""
        return text.replace(CONTAINER_HOME, str(self.path))

    def build(
        self,
        spec: Mapping[str, Any],
        mounts: Mapping[str, Mapping[str, str]],
        options: Mapping[str, str],
        *,
        jar: Path | None = None,
        environment: Path | None = None,
    ) -> None:
        """Lay it out anew: jars by link, `mounts` (ConfigMap name → files) where the pod template puts them, and the
        config.

        `options` come on top of the deployment's own: addresses, which Kubernetes would hand out. `jar`: of a Java job
        its own; `environment`: of a Python job the virtual one.
        """
        shutil.rmtree(self.path, ignore_errors=True)
        distribution, image = flink_distribution(), flink_jars()
        for folder in ("lib", "plugins"):
            (self.path / folder).mkdir(parents=True)
            for source in (distribution / folder, image / folder):
                for entry in source.iterdir():
                    (self.path / folder / entry.name).symlink_to(entry)
        (self.path / "usrlib").mkdir()
        for entry in [*(image / "usrlib").iterdir(), *([jar] if jar else [])]:
            (self.path / "usrlib" / entry.name).symlink_to(entry)
        (self.path / "opt").mkdir()
        for entry in (distribution / "opt").glob("flink-python-*.jar"):
            (self.path / "opt" / entry.name).symlink_to(entry)
        if environment:
            (self.path / "python").symlink_to(environment)
        self._mount(spec["podTemplate"]["spec"], mounts)
        configuration = {key: self.local(value) for key, value in spec["flinkConfiguration"].items()} | dict(options)
        (self.path / "conf").mkdir()
        (self.path / "conf" / "config.yaml").write_text(yaml.safe_dump(configuration))
        logging = spec["logConfiguration"]["log4j-console.properties"]
        (self.path / "conf" / "log4j.properties").write_text(logging)

    def _mount(self, pod: Mapping[str, Any], mounts: Mapping[str, Mapping[str, str]]) -> None:
        volumes = {volume["name"]: volume for volume in pod["volumes"]}
        for mount in main_container(pod)["volumeMounts"]:
            if not mount["mountPath"].startswith(CONTAINER_HOME):
                # This machine's own, like /tmp.
                continue
            folder = Path(self.local(mount["mountPath"]))
            folder.mkdir(parents=True)
            volume = volumes[mount["name"]]
            files: Mapping[str, str] = mounts[volume["configMap"]["name"]] if "configMap" in volume else {}
            for name, content in files.items():
                (folder / name).write_text(content)


def main_container(pod: Mapping[str, Any]) -> dict[str, Any]:
    """The container that Flink runs in, by the name that the operator looks for."""
    containers = cast(list[dict[str, Any]], pod["containers"])
    return next(container for container in containers if container["name"] == "flink-main-container")
