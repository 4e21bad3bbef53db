"""The image of a job that brings code of its own: the common one, and on top of it a Java job's jar, or a Python job's
packages. An edit of one job's code changes its image and no other."""

from collections.abc import Iterator
from pathlib import Path

import pulumi
import pulumi_docker_build as docker_build

from infra.flink_image import FlinkImage
from infra.image_repository import hash_of, image_repository, login_to, plain_modes
from infra.job_kinds import Kind
from infra.jobs import Job
from infra.settings.flink import ImageSettings
from infra.versions import MAVEN_IMAGE, UV_IMAGE

_INGREDIENTS: dict[Kind, tuple[str, ...]] = {"java": ("pom.xml", "src/main"), "python": ("requirements.lock", "*.py")}
"""Of a job's folder what its image is made of; what the .dockerignore beside the Dockerfile lets the build see."""


class JobImage(pulumi.ComponentResource):
    """An ECR repository for one job, and the image in it; or an image that was built elsewhere."""

    reference: pulumi.Output[str]
    """`<repository>@sha256:…`"""

    def __init__(
        self,
        job: Job,
        settings: ImageSettings,
        *,
        common: FlinkImage,
        jobs: Path,
        images: Path,
        disposable: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`jobs`, `images`: the project's folders of these names, relative to it, so that the same commit gives the
        same inputs on every machine."""
        super().__init__("lakehouse:index:JobImage", job.name, None, opts)
        if job.name in settings.jobs:
            self.reference = pulumi.Output.from_input(settings.jobs[job.name])
        else:
            self._folder, self._recipe = jobs / job.name, images / f"job-{job.files.kind}"
            self._parent = images / "flink"
            self.reference = self._build(job, settings, common, disposable)
        self.register_outputs({"reference": self.reference})

    def _build(self, job: Job, settings: ImageSettings, common: FlinkImage, disposable: bool) -> pulumi.Output[str]:
        child = pulumi.ResourceOptions(parent=self)
        name = f"flink-{job.name}"
        repository = image_repository(name, disposable=disposable, opts=child)
        files = {folder: list(found) for folder, found in self._files(job.files.kind)}
        for found in files.values():
            plain_modes(found)
        tag = hash_of(f"{common.version} {MAVEN_IMAGE} {UV_IMAGE}", files)
        named = {"parent": self._parent} if job.files.kind == "java" else {"recipe": self._recipe}
        image = docker_build.Image(
            name,
            tags=[pulumi.Output.format("{0}:{1}", repository.repository_url, tag)],
            dockerfile=docker_build.DockerfileArgs(location=str(self._recipe / "Dockerfile")),
            context=docker_build.BuildContextArgs(
                location=str(self._folder),
                named={name: docker_build.ContextArgs(location=str(folder)) for name, folder in named.items()},
            ),
            build_args={
                "FLINK_IMAGE": common.reference,
                **_tools(job),
            },
            platforms=[docker_build.Platform.LINUX_AMD64, docker_build.Platform.LINUX_ARM64],
            # With `push` the provider would never build in a preview (pulumi/pulumi-docker-build#252).
            exports=[docker_build.ExportArgs(registry=docker_build.ExportRegistryArgs())],
            build_on_preview=settings.build_on_preview,
            push=False,
            registries=[login_to(repository, self), *common.logins],
            opts=child,
        )
        return pulumi.Output.format("{0}@{1}", repository.repository_url, image.digest)

    def _files(self, kind: Kind) -> Iterator[tuple[Path, Iterator[Path]]]:
        recipe = ("Dockerfile", "check_imports.py") if kind == "python" else ("Dockerfile",)
        yield self._recipe, iter([self._recipe / name for name in recipe])
        if kind == "java":
            yield self._parent, iter([self._parent / "pom.xml"])
        yield self._folder, (file for part in _INGREDIENTS[kind] for file in _below(self._folder, part))


def _tools(job: Job) -> dict[str, str]:
    """What the Dockerfile of the job's kind wants to be told beside the common image."""
    return {"MAVEN_IMAGE": MAVEN_IMAGE, "JOB": job.name} if job.files.kind == "java" else {"UV_IMAGE": UV_IMAGE}


def _below(folder: Path, part: str) -> Iterator[Path]:
    """The files that `part` names: one, those in a folder, or those of a pattern."""
    found = sorted((folder / part).rglob("*")) if (folder / part).is_dir() else sorted(folder.glob(part))
    yield from (file for file in found if file.is_file())


def has_code(job: Job) -> bool:
    """Whether the job needs an image of its own."""
    return job.files.kind in _INGREDIENTS
