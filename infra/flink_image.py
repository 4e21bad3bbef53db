"""The image that every job runs: Flink with the jars of `images/flink/pom.xml` and the SQL runner, in ECR by digest."""

from collections.abc import Iterator
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pulumi_docker_build as docker_build

from infra.image_repository import cache_repository, hash_of, image_repository, login_to, plain_modes
from infra.settings.flink import ImageSettings
from infra.versions import FLINK_BASE_IMAGE, MAVEN_IMAGE

INGREDIENTS = (
    *("Dockerfile", "pom.xml", "jars.sha256"),
    *(f"{module}/{part}" for module in ("formats", "maintenance", "sql-runner") for part in ("pom.xml", "src/main")),
)
"""What can change the image: the Dockerfile, and what its .dockerignore lets the build see."""

_JARS_STAGE = "jars"
"""Of the Dockerfile: all that takes long, and the same for every processor."""


class FlinkImage(pulumi.ComponentResource):
    """An ECR repository with immutable tags, and the image in it, built by BuildKit for both processor families; or an
    image that was built elsewhere."""

    reference: pulumi.Output[str]
    """`<repository>@sha256:…`: what a FlinkDeployment runs."""
    version: str
    """What it is made of: another one is another image."""
    logins: list[docker_build.RegistryArgs]
    """How a build on top of it gets at it."""

    def __init__(
        self,
        name: str,
        settings: ImageSettings,
        *,
        context: Path,
        disposable: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`context`: the folder with the Dockerfile; its content gives the tag."""
        super().__init__("lakehouse:index:FlinkImage", name, None, opts)
        if settings.reference:
            self.reference, self.version, self.logins = (
                pulumi.Output.from_input(settings.reference),
                settings.reference,
                [],
            )
        else:
            child = pulumi.ResourceOptions(parent=self)
            repository = image_repository(name, disposable=disposable, opts=child)
            # BuildKit writes its cache under the same tag again and again, which the images' own repository refuses.
            cache = cache_repository(f"{name}-cache", disposable=disposable, opts=child)
            plain_modes(ingredients(context))
            image = self._build(name, settings, repository, cache, context)
            self.reference = pulumi.Output.format("{0}@{1}", repository.repository_url, image.digest)
            self.version, self.logins = content_hash(context), [login_to(repository, self)]
        self.register_outputs({"reference": self.reference})

    def _build(
        self,
        name: str,
        settings: ImageSettings,
        repository: aws.ecr.Repository,
        cache: aws.ecr.Repository,
        context: Path,
    ) -> docker_build.Image:
        """Two builds of one Dockerfile: one writes the cache, and the image itself only reads it. A build for several
        processors that writes a cache keeps that of one of them (docker/buildx discussion 1382)."""
        # Relative, so that the same commit gives the same inputs on every machine.
        build_context = docker_build.BuildContextArgs(location=str(context))
        base_images = {"FLINK_IMAGE": FLINK_BASE_IMAGE, "MAVEN_IMAGE": MAVEN_IMAGE}
        stored = pulumi.Output.format("{0}:build", cache.repository_url)
        cached = [docker_build.CacheFromArgs(registry=docker_build.CacheFromRegistryArgs(ref=stored))]
        jars = docker_build.Image(
            f"{name}-jars",
            target=_JARS_STAGE,
            context=build_context,
            build_args=base_images,
            cache_from=cached,
            cache_to=[docker_build.CacheToArgs(registry=_ecr_cache(stored))],
            exports=[docker_build.ExportArgs(cacheonly=docker_build.ExportCacheOnlyArgs())],
            # A pull request must not write what later deployments build from.
            build_on_preview=False,
            push=False,
            registries=[login_to(cache, self)],
            opts=pulumi.ResourceOptions(parent=self),
        )
        return docker_build.Image(
            name,
            tags=[pulumi.Output.format("{0}:{1}", repository.repository_url, content_hash(context))],
            context=build_context,
            build_args=base_images,
            platforms=[docker_build.Platform.LINUX_AMD64, docker_build.Platform.LINUX_ARM64],
            cache_from=cached,
            # With `push` the provider would never build in a preview (pulumi/pulumi-docker-build#252).
            exports=[docker_build.ExportArgs(registry=docker_build.ExportRegistryArgs())],
            build_on_preview=settings.build_on_preview,
            push=False,
            registries=[login_to(repository, self), login_to(cache, self)],
            opts=pulumi.ResourceOptions(parent=self, depends_on=[jars]),
        )


def _ecr_cache(reference: pulumi.Input[str]) -> docker_build.CacheToRegistryArgs:
    return docker_build.CacheToRegistryArgs(
        ref=reference,
        mode=docker_build.CacheMode.MAX,
        # ECR takes a cache only as an OCI image manifest (BuildKit docs: "registry cache").
        image_manifest=True,
        oci_media_types=True,
        # A cache that can't be written is slower next time, not wrong.
        ignore_error=True,
    )


def content_hash(context: Path) -> str:
    """What the image is made of, as 12 hex digits: the same files give the same tag on every machine."""
    return hash_of(f"{FLINK_BASE_IMAGE} {MAVEN_IMAGE}", {context: ingredients(context)})


def ingredients(context: Path) -> Iterator[Path]:
    """The files that can change the image."""
    for part in INGREDIENTS:
        found = [context / part] if (context / part).is_file() else sorted((context / part).rglob("*"))
        yield from (file for file in found if file.is_file())
