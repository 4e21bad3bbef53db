"""Session jobs on this machine: each as an application of its own, with what its FlinkSessionJob and the session's
FlinkDeployment say together. A session cluster for a job or two would take more memory than it spares."""

from dataclasses import replace
from typing import Any, cast

from sandbox.cloud import Declared
from sandbox.program import Program

_OF_SUBMISSION = ("pipeline.classpaths", "web.submit.enable")


def applications(program: Program) -> list[Declared]:
    """The FlinkDeployments with a job, and one for each FlinkSessionJob."""
    deployments = program.of_kind("FlinkDeployment")
    clusters = {str(each.inputs["metadata"]["name"]): each for each in deployments if "job" not in each.inputs["spec"]}
    alone = [each for each in deployments if "job" in each.inputs["spec"]]
    return [*alone, *[_alone(job, clusters) for job in program.of_kind("FlinkSessionJob")]]


def _alone(job: Declared, clusters: dict[str, Declared]) -> Declared:
    own = cast(dict[str, Any], job.inputs["spec"])
    shared = cast(dict[str, Any], clusters[str(own["deploymentName"])].inputs["spec"])
    options = {**shared["flinkConfiguration"], **own["flinkConfiguration"]}
    spec = {
        **shared,
        "flinkConfiguration": {option: value for option, value in options.items() if option not in _OF_SUBMISSION},
        "job": own["job"],
    }
    return replace(job, inputs={**job.inputs, "kind": "FlinkDeployment", "spec": spec})
