"""Checks Kubernetes objects as a strict API server would, and FlinkDeployments beyond that: what their CRD lets
pass."""

import re
import zipfile
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, cast

import jsonschema
import kubernetes_validate  # pyright: ignore[reportMissingTypeStubs]
import yaml

from infra.flink_options import problem_with
from infra.settings.cluster import ClusterSettings
from infra.units import mebibytes
from sandbox.packages import operator_crds
from tests import custom_resources

KUBERNETES = ClusterSettings.model_fields["version"].default

_OPERATOR_OPTIONS = re.compile(r"kubernetes\.operator\.|table\.catalog-store\.file\.|s3\.")
"""Options of the operator, of the file catalog store and of the S3 plugin: none of them is in Flink's own list."""


def check(kubernetes_object: Mapping[str, Any]) -> None:
    """Raise when the API server would refuse or prune anything of it; of a Helm chart, when it could change unseen."""
    if "chart" in kubernetes_object:
        jsonschema.validate(kubernetes_object, custom_resources.CHART)
        return
    kind = (str(kubernetes_object["apiVersion"]), str(kubernetes_object["kind"]))
    if kind == ("flink.apache.org/v1beta1", "FlinkDeployment"):
        jsonschema.validate(kubernetes_object, flink_schema("FlinkDeployment"))
        problems = list(flink_problems(kubernetes_object))
        assert not problems, problems
    elif kind == ("flink.apache.org/v1beta1", "FlinkSessionJob"):
        jsonschema.validate(kubernetes_object, flink_schema("FlinkSessionJob"))
        problems = list(session_job_problems(kubernetes_object))
        assert not problems, problems
    elif kind in custom_resources.BY_KIND:
        jsonschema.validate(kubernetes_object, custom_resources.BY_KIND[kind])
    else:
        kubernetes_validate.validate(dict(kubernetes_object), KUBERNETES, strict=True)


def flink_problems(deployment: Mapping[str, Any]) -> Iterator[str]:
    """What the operator's CRD takes and the operator or Flink then stumbles over."""
    spec = cast(Mapping[str, Any], deployment["spec"])
    options = cast(Mapping[str, str], spec["flinkConfiguration"])
    yield from option_problems(options)
    if not re.fullmatch(r"\S+@sha256:[0-9a-f]{64}", spec.get("image", "")):
        yield f"image {spec.get('image')} is not pinned by digest"
    for process in ("jobManager", "taskManager"):
        try:
            mebibytes(spec[process]["resource"]["memory"])
        except ValueError as error:
            # The operator could not even delete such a deployment.
            yield f"{process}: {error}"
    # A session cluster has none.
    if "job" not in spec:
        return
    if spec["job"]["upgradeMode"] == "last-state" and "high-availability.type" not in options:
        yield "upgradeMode last-state without high availability"
    if not spec["job"]["jarURI"].startswith("local:///"):
        yield f"jarURI {spec['job']['jarURI']} is not in the image"


def session_job_problems(job: Mapping[str, Any]) -> Iterator[str]:
    """Likewise of a FlinkSessionJob (the operator's `DefaultValidator`)."""
    spec = cast(Mapping[str, Any], job["spec"])
    options = cast(Mapping[str, str], spec["flinkConfiguration"])
    yield from option_problems(options)
    if spec["job"]["upgradeMode"] != "stateless" and "state.savepoints.dir" not in options:
        yield "no place for savepoints"
    uri = spec["job"].get("jarURI")
    if uri is not None and not uri.startswith("https://"):
        yield f"jarURI {uri}: the operator fetches by https alone"
    if uri is None and not options.get("pipeline.classpaths", "").startswith("file:///"):
        yield "neither a jarURI nor pipeline.classpaths has the job's class"


def option_problems(options: Mapping[str, str]) -> Iterator[str]:
    for option, value in options.items():
        if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            yield f"{option}: {value!r} is no string"
        elif not _OPERATOR_OPTIONS.match(option) and (problem := problem_with(option, value)):
            yield f"{option}: {problem}"


@cache
def flink_schema(kind: str) -> dict[str, Any]:
    """The CRD's schema without the API server's leniency: a field that it does not know is an error, not pruned."""
    with zipfile.ZipFile(operator_crds()) as jar:
        crd = yaml.load(jar.read(f"META-INF/fabric8/{kind.lower()}s.flink.apache.org-v1.yml"), yaml.CSafeLoader)
    schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    schema["properties"] |= {
        "apiVersion": {"const": "flink.apache.org/v1beta1"},
        "kind": {"const": kind},
        "metadata": {"type": "object"},
    }
    return cast(dict[str, Any], _strict(schema))


def _strict(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_strict(part) for part in cast(list[Any], schema)]
    if not isinstance(schema, dict):
        return schema
    node = cast(dict[str, Any], schema)
    strict = {key: _strict(part) for key, part in node.items()}
    open_ended = "additionalProperties" in node or node.get("x-kubernetes-preserve-unknown-fields")
    if isinstance(node.get("properties"), dict) and not open_ended:
        strict["additionalProperties"] = False
    if node.get("x-kubernetes-int-or-string"):
        strict["type"] = ["integer", "string"]
        strict.pop("anyOf", None)
    return strict
