"""The image that every job runs: Flink with the jars of `images/flink/pom.xml` and the SQL runner, in ECR by digest."""

import hashlib
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pulumi_docker_build as docker_build

from infra.versions import FLINK_BASE_IMAGE

INGREDIENTS = ("Dockerfile", "pom.xml", "jars.sha256", "sql-runner/pom.xml", "sql-runner/src/main")
"""What can change the image: the Dockerfile, and what its .dockerignore lets the build see."""


class FlinkImage(pulumi.ComponentResource):
    """An ECR repository with immutable tags, and the image in it, built by BuildKit for both processor families."""

    reference: pulumi.Output[str]
    """`<repository>@sha256:…`: what a FlinkDeployment runs."""

    def __init__(
        self, name: str, *, context: Path, disposable: bool, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """`context`: the folder with the Dockerfile; its content gives the tag."""
        super().__init__("lakehouse:index:FlinkImage", name, None, opts)
        repository = aws.ecr.Repository(
            name,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=aws.ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
            encryption_configurations=[aws.ecr.RepositoryEncryptionConfigurationArgs(encryption_type="KMS")],
            force_delete=disposable,
            opts=pulumi.ResourceOptions(parent=self),
        )
        login = aws.ecr.get_authorization_token_output(
            registry_id=repository.registry_id, opts=pulumi.InvokeOutputOptions(parent=self)
        )
        image = docker_build.Image(
            name,
            tags=[pulumi.Output.format("{0}:{1}", repository.repository_url, content_hash(context))],
            # Relative, so that the same commit gives the same inputs on every machine.
            context=docker_build.BuildContextArgs(location=str(context)),
            build_args={"FLINK_IMAGE": FLINK_BASE_IMAGE},
            platforms=[docker_build.Platform.LINUX_AMD64, docker_build.Platform.LINUX_ARM64],
            push=True,
            build_on_preview=False,
            registries=[
                docker_build.RegistryArgs(
                    address=repository.repository_url, username=login.user_name, password=login.password
                )
            ],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.reference = pulumi.Output.format("{0}@{1}", repository.repository_url, image.digest)
        self.register_outputs({"reference": self.reference})


def content_hash(context: Path) -> str:
    """What the image is made of, as 12 hex digits: the same files give the same tag on every machine."""
    digest = hashlib.sha256(FLINK_BASE_IMAGE.encode())
    for part in INGREDIENTS:
        files = [context / part] if (context / part).is_file() else sorted((context / part).rglob("*"))
        for file in files:
            if file.is_file():
                digest.update(file.relative_to(context).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]
