"""The containers of a FlinkDeployment: what Kubernetes would mount and set for its pods, as files."""

import math
import shlex
from collections.abc import Mapping
from typing import Any, cast

import yaml

from compose.network import RPC_PORT, SESSION, WEB_PORT, ZOOKEEPER
from infra.errors import ConfigurationError
from sandbox.cloud import Declared
from sandbox.flink.high_availability import HighAvailability
from sandbox.flink.home import CONTAINER_HOME, main_container
from sandbox.flink.java import JAVA_17

Files = dict[str, str]
"""Path below the job's folder → content."""

_CLIENT_LOGGING = """\
rootLogger.level = INFO
rootLogger.appenderRef.file.ref = File
appender.file.name = File
appender.file.type = FILE
appender.file.fileName = ${sys:log.file}
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{HH:mm:ss,SSS} %-5p %c{1} - %m%n
"""
_ONE_LINE = 10_000
_SESSION_SLOTS = 4
_QUERY_SETTINGS = "SET 'sql-client.execution.result-mode' = 'tableau';\nSET 'execution.runtime-mode' = 'batch';\n"


def job_files(deployment: Declared, config_maps: Mapping[str, Mapping[str, str]]) -> Files:
    """All that its containers mount; `config_maps` by their Kubernetes names."""
    spec = cast(dict[str, Any], deployment.inputs["spec"])
    configuration = _configuration(spec)
    election = HighAvailability(ZOOKEEPER, WEB_PORT, RPC_PORT).options(deployment.name, spec["flinkConfiguration"])
    session = {
        "jobmanager.rpc.address": SESSION,
        "rest.address": SESSION,
        "execution.target": "remote",
        "taskmanager.numberOfTaskSlots": str(_SESSION_SLOTS),
    }
    logging: Mapping[str, str] = spec["logConfiguration"]
    mounted = _mounted(spec["podTemplate"]["spec"], config_maps)
    catalog = "USE CATALOG lake;\n" if "catalogs/lake.yaml" in mounted else ""
    return {
        **mounted,
        **{f"conf/{name}": content for name, content in logging.items()},
        "conf/config.yaml": yaml.safe_dump(configuration | election, width=_ONE_LINE),
        # A session cluster has the same configuration, and must not stand for election too.
        **{f"session/{name}": content for name, content in logging.items()},
        "session/config.yaml": yaml.safe_dump(configuration | session, width=_ONE_LINE),
        "session/log4j-cli.properties": _CLIENT_LOGGING,
        "session/welcome.sql": catalog + _QUERY_SETTINGS,
        "start/jobmanager.sh": _start_script(spec["job"]),
    }


def job_environment(deployment: Declared, secrets: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The variables of its containers; `secrets` by their Kubernetes names."""
    container = main_container(cast(dict[str, Any], deployment.inputs["spec"])["podTemplate"]["spec"])
    found: dict[str, str] = {}
    for entry in container.get("envFrom", []):
        found |= secrets[entry["secretRef"]["name"]]
    return found | {variable["name"]: variable["value"] for variable in container["env"]}


def task_managers(deployment: Declared) -> int:
    """How many the job needs; Kubernetes starts as many by itself."""
    spec = cast(dict[str, Any], deployment.inputs["spec"])
    return math.ceil(int(spec["job"]["parallelism"]) / int(spec["flinkConfiguration"]["taskmanager.numberOfTaskSlots"]))


def _configuration(spec: Mapping[str, Any]) -> dict[str, str]:
    """The deployment's own, and what Kubernetes' pods get from the rest of their spec."""
    own: dict[str, str] = spec["flinkConfiguration"]
    return {
        **own,
        # The operator sets them too.
        "env.java.opts.all": " ".join([*JAVA_17, own.get("env.java.opts.all", "")]).strip(),
        "jobmanager.rpc.port": str(RPC_PORT),
        "rest.port": str(WEB_PORT),
        **{f"{part}.bind-host": "0.0.0.0" for part in ("jobmanager", "taskmanager")},
        "rest.bind-address": "0.0.0.0",
        "jobmanager.memory.process.size": spec["jobManager"]["resource"]["memory"],
        "taskmanager.memory.process.size": spec["taskManager"]["resource"]["memory"],
        "parallelism.default": str(spec["job"]["parallelism"]),
    }


def _mounted(pod: Mapping[str, Any], config_maps: Mapping[str, Mapping[str, str]]) -> Files:
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    return {
        f"{mount['mountPath'].removeprefix(CONTAINER_HOME).lstrip('/')}/{name}": content
        for mount in main_container(pod)["volumeMounts"]
        if "configMap" in volumes[mount["name"]]
        for name, content in config_maps[volumes[mount["name"]]["configMap"]["name"]].items()
    }


def _start_script(job: Mapping[str, Any]) -> str:
    """Flink's entrypoint takes the job's arguments after its own (Flink docs: "Docker: Application mode").

    By its own host name, which no file can know: each of several JobManagers must be reached when it leads.
    """
    arguments = ["--job-classname", job["entryClass"]]
    jar = str(job["jarURI"]).removeprefix("local://")
    if not jar.startswith(f"{CONTAINER_HOME}/usrlib/"):
        arguments += ["--jars", f"file://{jar}"]
    line = shlex.join([*arguments, *job["args"]])
    return f'#!/usr/bin/env bash\nexec /docker-entrypoint.sh standalone-job --host "$(hostname)" {line}\n'


def environment_file(variables: Mapping[str, str]) -> str:
    """As Compose reads it: in single quotes nothing is substituted (Compose docs: "Env-file syntax")."""
    for name, value in variables.items():
        if "'" in value or "\n" in value:
            raise ConfigurationError(f"{name}: Compose's environment files cannot hold a quote (') or a line break")
    return "".join(f"{name}='{value}'\n" for name, value in sorted(variables.items()))
