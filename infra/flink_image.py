"""The image that every job runs: Flink with the jars of `images/flink/pom.xml` and the SQL runner, in ECR by digest."""

import hashlib
import json
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_docker_build as docker_build

from infra.settings.flink import ImageSettings
from infra.versions import FLINK_BASE_IMAGE, MAVEN_IMAGE

INGREDIENTS = ("Dockerfile", "pom.xml", "jars.sha256", "sql-runner/pom.xml", "sql-runner/src/main")
"""What can change the image: the Dockerfile, and what its .dockerignore lets the build see."""

_JARS_STAGE = "jars"
"""Of the Dockerfile: all that takes long, and the same for every processor."""

KEPT_BUILDS = 30
"""Builds that stay in the repository: enough to roll back for months."""

_PLAIN = 0o644


class FlinkImage(pulumi.ComponentResource):
    """An ECR repository with immutable tags, and the image in it, built by BuildKit for both processor families; or an
    image that was built elsewhere."""

    reference: pulumi.Output[str]
    """`<repository>@sha256:…`: what a FlinkDeployment runs."""

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
            self.reference = pulumi.Output.from_input(settings.reference)
        else:
            repository = self._repository(
                name, [keep_images(KEPT_BUILDS), expire_untagged(days=1)], disposable, "IMMUTABLE"
            )
            # BuildKit writes its cache under the same tag again and again, which the images' own repository refuses.
            cache = self._repository(f"{name}-cache", [expire_untagged(days=7)], disposable, "MUTABLE")
            plain_modes(context)
            image = self._build(name, settings, repository, cache, context)
            self.reference = pulumi.Output.format("{0}@{1}", repository.repository_url, image.digest)
        self.register_outputs({"reference": self.reference})

    def _repository(
        self, name: str, rules: Sequence[dict[str, Any]], disposable: bool, tags: str
    ) -> aws.ecr.Repository:
        numbered = [{"rulePriority": index, **rule} for index, rule in enumerate(rules, 1)]
        repository = aws.ecr.Repository(
            name,
            image_tag_mutability=tags,
            image_scanning_configuration=aws.ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
            encryption_configurations=[aws.ecr.RepositoryEncryptionConfigurationArgs(encryption_type="KMS")],
            force_delete=disposable,
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.ecr.LifecyclePolicy(
            name,
            repository=repository.name,
            policy=json.dumps({"rules": numbered}),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return repository

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
        login = aws.ecr.get_authorization_token_output(
            registry_id=repository.registry_id, opts=pulumi.InvokeOutputOptions(parent=self)
        )

        def registry(of: aws.ecr.Repository) -> docker_build.RegistryArgs:
            return docker_build.RegistryArgs(
                address=of.repository_url, username=login.user_name, password=login.password
            )

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
            registries=[registry(cache)],
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
            registries=[registry(repository), registry(cache)],
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


def keep_images(count: int) -> dict[str, Any]:
    """The newest `count` builds (ECR user guide: "Lifecycle policy properties"); each is an index that has the tag, and
    an untagged image for each processor family, which stays as long as its index does."""
    return _expire(f"all but the last {count} builds", tagStatus="tagged", tagPatternList=["*"], countNumber=count)


def expire_untagged(*, days: int) -> dict[str, Any]:
    return _expire(f"what no tag points to after {days} days", tagStatus="untagged", countUnit="days", countNumber=days)


def _expire(what: str, **selection: Any) -> dict[str, Any]:
    kind = "sinceImagePushed" if "countUnit" in selection else "imageCountMoreThan"
    return {
        "description": f"Removes {what}",
        "selection": selection | {"countType": kind},
        "action": {"type": "expire"},
    }


def content_hash(context: Path) -> str:
    """What the image is made of, as 12 hex digits: the same files give the same tag on every machine."""
    digest = hashlib.sha256(f"{FLINK_BASE_IMAGE} {MAVEN_IMAGE}".encode())
    for file in _ingredients(context):
        digest.update(file.relative_to(context).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def plain_modes(context: Path) -> None:
    """Give what the image is made of the modes of a plain checkout, where it has others.

    The provider looks at modes to see whether to build, and they follow the umask of whoever made the checkout: another
    machine would build again what is there, and ECR would refuse it under the same tag.
    """
    for file in _ingredients(context):
        if stat.S_IMODE(file.stat().st_mode) != _PLAIN:
            file.chmod(_PLAIN)


def _ingredients(context: Path) -> Iterator[Path]:
    for part in INGREDIENTS:
        found = [context / part] if (context / part).is_file() else sorted((context / part).rglob("*"))
        yield from (file for file in found if file.is_file())
