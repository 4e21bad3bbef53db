"""The image of the web orders' processor, and of the generator: `images/weborders`, in ECR by digest."""

from collections.abc import Iterator
from pathlib import Path

import pulumi
import pulumi_docker_build as docker_build

from infra.image_repository import hash_of, image_repository, login_to, plain_modes
from infra.settings.flink import ImageSettings
from infra.versions import PYTHON_IMAGE

_INGREDIENTS = ("Dockerfile", "requirements.lock", "weborders")
"""What can change the image: the Dockerfile, and what its .dockerignore lets the build see."""


class WebOrdersImage(pulumi.ComponentResource):
    """An ECR repository with immutable tags, and the image in it for both processor families; or an image that was
    built elsewhere."""

    reference: pulumi.Output[str]
    """`<repository>@sha256:…`"""

    def __init__(
        self,
        name: str,
        settings: ImageSettings,
        *,
        context: Path,
        disposable: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`context`: the folder with the Dockerfile, relative to the project, so that the same commit gives the same
        inputs on every machine."""
        super().__init__("lakehouse:index:WebOrdersImage", name, None, opts)
        if settings.weborders:
            self.reference = pulumi.Output.from_input(settings.weborders)
        else:
            self.reference = self._build(name, settings, context, disposable)
        self.register_outputs({"reference": self.reference})

    def _build(self, name: str, settings: ImageSettings, context: Path, disposable: bool) -> pulumi.Output[str]:
        child = pulumi.ResourceOptions(parent=self)
        repository = image_repository(name, disposable=disposable, opts=child)
        files = list(_files(context))
        plain_modes(files)
        image = docker_build.Image(
            name,
            tags=[pulumi.Output.format("{0}:{1}", repository.repository_url, hash_of(PYTHON_IMAGE, {context: files}))],
            context=docker_build.BuildContextArgs(location=str(context)),
            build_args={"PYTHON_IMAGE": PYTHON_IMAGE},
            platforms=[docker_build.Platform.LINUX_AMD64, docker_build.Platform.LINUX_ARM64],
            # With `push` the provider would never build in a preview (pulumi/pulumi-docker-build#252).
            exports=[docker_build.ExportArgs(registry=docker_build.ExportRegistryArgs())],
            build_on_preview=settings.build_on_preview,
            push=False,
            registries=[login_to(repository, self)],
            opts=child,
        )
        return pulumi.Output.format("{0}@{1}", repository.repository_url, image.digest)


def _files(context: Path) -> Iterator[Path]:
    for part in _INGREDIENTS:
        found = sorted((context / part).rglob("*")) if (context / part).is_dir() else [context / part]
        yield from (file for file in found if file.is_file() and "__pycache__" not in file.parts)
