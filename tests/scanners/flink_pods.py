"""The pods that come of a FlinkDeployment, as far as scanners look at them.

The operator merges the component's pod template over the common one (its docs: "Pod template"); Flink then fills in the
main container (flink-kubernetes: `InitJobManagerDecorator`, `InitTaskManagerDecorator`).
"""

import copy
from collections.abc import Iterator, Mapping
from typing import Any, cast

from infra.units import mebibytes

MAIN_CONTAINER = "flink-main-container"

_COMPONENTS = {"jobManager": "jobmanager", "taskManager": "taskmanager"}
_BY_NAME = "kubernetes.operator.pod-template.merge-arrays-by-name"


def pods(deployment: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """One of the JobManager's and one of the TaskManagers'."""
    metadata, spec = deployment["metadata"], deployment["spec"]
    options = spec["flinkConfiguration"]
    for key, component in _COMPONENTS.items():
        by_name = options.get(_BY_NAME) == "true"
        pod = _merge(spec.get("podTemplate", {}), spec[key].get("podTemplate", {}), by_name=by_name)
        pod |= {"apiVersion": "v1", "kind": "Pod"}
        labels = {"app": metadata["name"], "component": component, "type": "flink-native-kubernetes"}
        pod["metadata"] = {
            **pod.get("metadata", {}),
            "name": f"{metadata['name']}-{component}",
            "namespace": metadata["namespace"],
            "labels": {**pod.get("metadata", {}).get("labels", {}), **labels},
        }
        pod.setdefault("spec", {})["serviceAccountName"] = spec["serviceAccount"]
        _complete(_main_container(pod), spec["image"], spec[key]["resource"], options, component)
        yield pod


def _main_container(pod: dict[str, Any]) -> dict[str, Any]:
    containers: list[dict[str, Any]] = pod["spec"].setdefault("containers", [])
    for container in containers:
        if container["name"] == MAIN_CONTAINER:
            return container
    containers.append({"name": MAIN_CONTAINER})
    return containers[-1]


def _complete(
    container: dict[str, Any], image: str, resource: Mapping[str, Any], options: Mapping[str, str], component: str
) -> None:
    container["image"] = image
    container["imagePullPolicy"] = options.get("kubernetes.container.image.pull-policy", "IfNotPresent")
    requests: dict[str, float] = {"cpu": float(resource["cpu"]), "memory": mebibytes(resource["memory"])}
    limits = {
        what: amount * float(options.get(f"kubernetes.{component}.{what}.limit-factor", "1.0"))
        for what, amount in requests.items()
    }
    of_template = container.get("resources", {})
    container["resources"] = {
        kind: {**of_template.get(kind, {}), "cpu": str(amounts["cpu"]), "memory": f"{amounts['memory']:.0f}Mi"}
        for kind, amounts in (("requests", requests), ("limits", limits))
    }


def _merge(base: Any, over: Any, *, by_name: bool) -> Any:
    """Objects key by key, arrays item by item: the same names, or without `by_name` the same positions."""
    if isinstance(base, dict) and isinstance(over, dict):
        merged = copy.deepcopy(cast(dict[str, Any], base))
        for key, value in cast(dict[str, Any], over).items():
            merged[key] = _merge(merged[key], value, by_name=by_name) if key in merged else value
        return merged
    if isinstance(base, list) and isinstance(over, list):
        items, further = copy.deepcopy(cast(list[Any], base)), cast(list[Any], over)
        named = by_name and all(isinstance(each, dict) and "name" in each for each in (*items, *further))
        for index, item in enumerate(further):
            if named:
                names = [each["name"] for each in items]
                index = names.index(item["name"]) if item["name"] in names else len(items)
            if index < len(items):
                items[index] = _merge(items[index], item, by_name=by_name)
            else:
                items.append(item)
        return items
    return copy.deepcopy(over)
