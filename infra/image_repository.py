"""Where images are kept, in ECR: by immutable tags, as many as a roll back may need; and what a tag is made of."""

import hashlib
import json
import stat
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_docker_build as docker_build

KEPT_BUILDS = 30
"""Builds that stay in a repository: enough to roll back for months."""

_PLAIN = 0o644


def image_repository(name: str, *, disposable: bool, opts: pulumi.ResourceOptions) -> aws.ecr.Repository:
    return _repository(name, [keep_images(KEPT_BUILDS), expire_untagged(days=1)], "IMMUTABLE", disposable, opts)


def cache_repository(name: str, *, disposable: bool, opts: pulumi.ResourceOptions) -> aws.ecr.Repository:
    """For what BuildKit remembers of a build."""
    return _repository(name, [expire_untagged(days=7)], "MUTABLE", disposable, opts)


def _repository(
    name: str, rules: Sequence[dict[str, Any]], tags: str, disposable: bool, opts: pulumi.ResourceOptions
) -> aws.ecr.Repository:
    numbered = [{"rulePriority": index, **rule} for index, rule in enumerate(rules, 1)]
    repository = aws.ecr.Repository(
        name,
        image_tag_mutability=tags,
        image_scanning_configuration=aws.ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
        encryption_configurations=[aws.ecr.RepositoryEncryptionConfigurationArgs(encryption_type="KMS")],
        force_delete=disposable,
        opts=opts,
    )
    aws.ecr.LifecyclePolicy(name, repository=repository.name, policy=json.dumps({"rules": numbered}), opts=opts)
    return repository


def login_to(repository: aws.ecr.Repository, component: pulumi.ComponentResource) -> docker_build.RegistryArgs:
    """How BuildKit gets at a repository, for a build that is a part of `component`."""
    login = aws.ecr.get_authorization_token_output(
        registry_id=repository.registry_id, opts=pulumi.InvokeOutputOptions(parent=component)
    )
    return docker_build.RegistryArgs(
        address=repository.repository_url, username=login.user_name, password=login.password
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


def hash_of(pins: str, files: Mapping[Path, Iterable[Path]]) -> str:
    """12 hex digits: the same `pins` and `files` (a folder → files below it) give the same tag on every machine."""
    digest = hashlib.sha256(pins.encode())
    for folder, below in files.items():
        for file in below:
            digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def plain_modes(files: Iterable[Path]) -> None:
    """Give what an image is made of the modes of a plain checkout, where it has others.

    The provider looks at modes to see whether to build, and they follow the umask of whoever made the checkout: another
    machine would build again what is there, and ECR would refuse it under the same tag.
    """
    for file in files:
        if stat.S_IMODE(file.stat().st_mode) != _PLAIN:
            file.chmod(_PLAIN)
