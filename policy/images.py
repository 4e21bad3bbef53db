"""What containers run: bytes that can't change under a name."""

import re
from collections.abc import Iterator
from typing import Any, cast

from policy import flink
from policy.resources import UNKNOWN, Resource, each
from policy.rules import Finding, ResourceRule

_CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
_BY_DIGEST = re.compile(r"\S+@sha256:[0-9a-f]{64}")
_OPTIONS = ("kubernetes.container.image.ref", "kubernetes.container.image")
"""What the operator falls back to without a `spec.image` (Flink docs: "Kubernetes", Configuration)."""

_WHY = (
    "a tag can be moved: a pod that starts tomorrow may run something else than what was tested "
    '(Kubernetes docs: "Images")'
)
_REMEDY = "pin it as <repository>:<tag>@sha256:<digest>, with the digest of the multi-architecture index"


def _by_tag(resource: Resource) -> Iterator[Finding]:
    if not resource.type.startswith("kubernetes:"):
        return
    for path, image in _images(resource.properties):
        # Nothing or an open '@': in a preview the image is yet to be built. No cluster would take either.
        if isinstance(image, str) and image and not image.endswith("@") and not _BY_DIGEST.fullmatch(image):
            yield Finding(f"{path} is {image}, which has no digest", _WHY, _REMEDY)
    if flink.is_job(resource) and resource.type.endswith(":FlinkDeployment"):
        yield from _flink_image(resource)


def _flink_image(deployment: Resource) -> Iterator[Finding]:
    spec, image = deployment.at("spec"), deployment.at("spec", "image")
    chosen = flink.option(deployment, *_OPTIONS) if image is None else image
    if not isinstance(spec, dict) or chosen is UNKNOWN:
        return
    if chosen is None:
        yield Finding(
            "The FlinkDeployment names no image, so that the operator takes Flink's own by its tag", _WHY, _REMEDY
        )
    elif image is None and not _BY_DIGEST.fullmatch(chosen):
        yield Finding(f"{_OPTIONS[0]} is {chosen}, which has no digest", _WHY, _REMEDY)
    elif image and not str(image).endswith("@") and not _BY_DIGEST.fullmatch(str(image)):
        yield Finding(f"spec.image is {image}, which has no digest", _WHY, _REMEDY)


def _images(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Where an image stands in any pod or pod template, however deep, and the image."""
    if isinstance(value, dict):
        for key, part in cast(dict[str, Any], value).items():
            if key in _CONTAINERS and isinstance(part, list):
                for index, container in enumerate(cast(list[Any], part)):
                    if isinstance(container, dict):
                        image = cast(dict[str, Any], container).get("image")
                        yield f"{path}{key}[{index}].image", image
            yield from _images(part, f"{path}{key}.")
    elif isinstance(value, list):
        for index, part in enumerate(each(value)):
            yield from _images(part, f"{path.rstrip('.')}[{index}].")


RULES = (ResourceRule("image-by-tag", "Every container image is pinned by digest.", _by_tag),)
