"""How Compose builds the image of a job: as the program declares it, on this machine's own processor."""

import os.path
from collections.abc import Mapping
from typing import Any

from infra.errors import ConfigurationError
from sandbox.cloud import Declared
from sandbox.program import Program

COMMON = "lakehouse-flink"
"""What the common image is called here."""
BUILD_ARGUMENTS = ("FLINK_IMAGE", "MAVEN_IMAGE", "UV_IMAGE", "JOB")
"""Those that compose.yaml hands on."""
NAMED_CONTEXTS = {"parent": "images/flink", "recipe": "images/job-python"}
"""Likewise."""


def variables(program: Program, job: str) -> dict[str, str]:
    """What compose.yaml asks for of the build, by the names that it has there."""
    own, common = _image(program, f"flink-{job}"), _image(program, "flink")
    assert common is not None, "the stack builds its common image"
    image = own or common
    arguments = dict(image.inputs["buildArgs"])
    if own:
        # In ECR by digest; here it was built just now, on this machine.
        arguments["FLINK_IMAGE"] = COMMON
    context = str(image.inputs["context"]["location"])
    _refuse_unknown(job, arguments, image.inputs["context"].get("named") or {})
    dockerfile = str(image.inputs.get("dockerfile", {"location": f"{context}/Dockerfile"})["location"])
    return {
        "JOB_IMAGE": f"lakehouse-{job}" if own else COMMON,
        "JOB_CONTEXT": context,
        "JOB_DOCKERFILE": os.path.relpath(dockerfile, context),
        "JOB_FLINK_IMAGE": arguments["FLINK_IMAGE"],
        "FLINK_IMAGE": common.inputs["buildArgs"]["FLINK_IMAGE"],
        "MAVEN_IMAGE": common.inputs["buildArgs"]["MAVEN_IMAGE"],
        # Of a Python job alone.
        "UV_IMAGE": arguments.get("UV_IMAGE", ""),
    }


def _image(program: Program, name: str) -> Declared | None:
    return next((image for image in program.of_kind("Image") if image.name == name), None)


def _refuse_unknown(job: str, arguments: Mapping[str, str], named: Mapping[str, Any]) -> None:
    contexts = {name: str(each["location"]) for name, each in named.items()}
    unknown = [*(set(arguments) - set(BUILD_ARGUMENTS)), *(dict(contexts.items() - NAMED_CONTEXTS.items()))]
    if unknown:
        raise ConfigurationError(
            f"jobs/{job}: its image is built with {', '.join(sorted(unknown))}, which compose.yaml does not hand on: "
            "add it there and in compose/build.py"
        )
