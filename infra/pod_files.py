"""What pods of Flink read as they start: files in ConfigMaps that never change."""

import hashlib
from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as kubernetes


def content_hash(files: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(f"{name}\0{content}\0".encode())
    return digest.hexdigest()[:10]


def config_map(
    name: str,
    files: pulumi.Input[dict[str, str]],
    version: str,
    *,
    namespace: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    """An immutable ConfigMap; gives its name, which changes with its content.

    Each `version` is a resource of its own, not a replacement of the one before: where an upgrade fails, both stay, and
    going back finds the old one. One that was replaced would wait for its deletion, and be deleted by the name that the
    job then needs again.
    """
    called = pulumi.Output.from_input(files).apply(lambda found: f"{name}-{content_hash(found)}")
    made = kubernetes.core.v1.ConfigMap(
        f"{name}-{version}",
        metadata={"name": called, "namespace": namespace},
        data=files,
        immutable=True,
        opts=opts,
    )
    return made.metadata.name.apply(str)
