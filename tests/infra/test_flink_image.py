import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from infra import versions
from infra.flink_image import INGREDIENTS, FlinkImage, content_hash, ingredients
from infra.image_repository import KEPT_BUILDS, plain_modes
from infra.settings.flink import ImageSettings
from tests.declared import PROJECT, Cloud, deploy

CONTEXT = PROJECT / "images" / "flink"
IMAGE = "docker-build:index:Image"
REPOSITORY = "aws:ecr/repository:Repository"
LIFECYCLE = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
ELSEWHERE = f"ghcr.io/us/flink@sha256:{'1' * 64}"


def flink_image(context: Path, *, disposable: bool = False, **settings: Any) -> tuple[Cloud, str]:
    """What is declared, and the image's reference."""
    references: list[str] = []
    parsed = ImageSettings.model_validate(settings)

    def declare() -> None:
        image = FlinkImage("flink", parsed, context=context, disposable=disposable)
        image.reference.apply(references.append)

    return deploy(declare), references[0]


@pytest.fixture
def image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    copied(tmp_path / "images" / "flink")
    monkeypatch.chdir(tmp_path)
    return flink_image(Path("images/flink"))[0]


def copied(folder: Path) -> Path:
    shutil.copytree(CONTEXT, folder, ignore=shutil.ignore_patterns("target"))
    return folder


def test_what_the_build_sees_is_what_the_tag_is_made_of() -> None:
    seen = [line[1:] for line in (CONTEXT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert ["Dockerfile", *seen] == list(INGREDIENTS)


def test_the_tag_is_the_same_wherever_the_checkout_is(tmp_path: Path) -> None:
    assert content_hash(copied(tmp_path / "a")) == content_hash(CONTEXT)


def test_only_what_the_build_sees_changes_the_tag(tmp_path: Path) -> None:
    context = copied(tmp_path / "a")
    before = content_hash(context)
    (context / "README.md").write_text("other words")
    assert content_hash(context) == before
    runner = context / "sql-runner" / "src" / "main" / "java" / "lakehouse" / "sqlrunner" / "SqlRunner.java"
    runner.write_text(runner.read_text() + "\n")
    assert content_hash(context) != before


def test_jobs_run_the_image_by_its_digest(tmp_path: Path) -> None:
    cloud, reference = flink_image(copied(tmp_path / "a"))
    assert reference == f"{REGISTRY}/flink@sha256:{'0' * 64}"
    assert cloud.names(REPOSITORY) == ["flink", "flink-cache"]


def test_an_image_that_was_built_elsewhere_needs_no_repository() -> None:
    cloud, reference = flink_image(CONTEXT, reference=ELSEWHERE)
    assert reference == ELSEWHERE
    assert cloud.program.resources == ()


def test_the_image_is_for_both_processors_under_the_tag_of_its_content(image: Cloud) -> None:
    inputs = image.inputs(IMAGE, "flink")
    assert inputs["platforms"] == ["linux/amd64", "linux/arm64"]
    assert inputs["tags"] == [f"{REGISTRY}/flink:{content_hash(CONTEXT)}"]


def test_both_builds_take_the_pinned_base_images_from_the_same_files(image: Cloud) -> None:
    for name in ("flink", "flink-jars"):
        inputs = image.inputs(IMAGE, name)
        assert inputs["buildArgs"] == {"FLINK_IMAGE": versions.FLINK_BASE_IMAGE, "MAVEN_IMAGE": versions.MAVEN_IMAGE}
        # An absolute path would make a difference between machines.
        assert inputs["context"] == {"location": "images/flink"}
        # With `pull` every preview would show a build.
        assert not inputs.get("pull")


def test_the_slow_stage_writes_the_cache_and_the_image_reads_it(image: Cloud) -> None:
    jars, whole = image.inputs(IMAGE, "flink-jars"), image.inputs(IMAGE, "flink")
    assert f" AS {jars['target']}\n" in (CONTEXT / "Dockerfile").read_text()
    (written,), (read,) = jars["cacheTo"], whole["cacheFrom"]
    assert written["registry"]["ref"] == read["registry"]["ref"] == f"{REGISTRY}/flink-cache:build"
    # ECR takes nothing else.
    assert (written["registry"]["imageManifest"], written["registry"]["ociMediaTypes"]) == (True, True)
    # A build for two processors would keep the cache of one, and the provider warns of it each time.
    assert "cacheTo" not in whole
    assert "platforms" not in jars
    (made,) = [each for each in image.program.of_kind("Image") if each.name == "flink"]
    assert any(urn.endswith("::flink-jars") for urn in made.dependencies)


def test_the_slow_stage_is_no_image_in_a_registry(image: Cloud) -> None:
    assert image.inputs(IMAGE, "flink-jars")["exports"] == [{"cacheonly": {}}]


def test_a_preview_builds_when_it_is_asked_and_never_writes_the_cache(tmp_path: Path) -> None:
    context = copied(tmp_path / "a")
    for asked in (False, True):
        cloud, _ = flink_image(context, build_on_preview=asked)
        whole = cloud.inputs(IMAGE, "flink")
        assert whole["buildOnPreview"] is asked
        # With `push` instead of an export the provider takes the inputs of a preview for unknown.
        assert whole["push"] is False
        assert whole["exports"][0]["registry"]["push"] is True
        assert cloud.inputs(IMAGE, "flink-jars")["buildOnPreview"] is False


def test_tags_of_images_stand_for_ever_and_those_of_the_cache_do_not(image: Cloud) -> None:
    assert image.inputs(REPOSITORY, "flink")["imageTagMutability"] == "IMMUTABLE"
    assert image.inputs(REPOSITORY, "flink-cache")["imageTagMutability"] == "MUTABLE"
    for name in image.names(REPOSITORY):
        assert image.inputs(REPOSITORY, name)["imageScanningConfiguration"] == {"scanOnPush": True}
        assert image.inputs(REPOSITORY, name)["encryptionConfigurations"] == [{"encryptionType": "KMS"}]


def test_old_builds_go_and_what_no_tag_points_to(image: Cloud) -> None:
    builds, untagged = json.loads(image.inputs(LIFECYCLE, "flink")["policy"])["rules"]
    assert builds["selection"] == {
        "tagStatus": "tagged",
        "tagPatternList": ["*"],
        "countType": "imageCountMoreThan",
        "countNumber": KEPT_BUILDS,
    }
    assert untagged["selection"]["tagStatus"] == "untagged"
    assert [rule["rulePriority"] for rule in (builds, untagged)] == [1, 2]
    (cached,) = json.loads(image.inputs(LIFECYCLE, "flink-cache")["policy"])["rules"]
    assert cached["selection"]["tagStatus"] == "untagged"


def test_only_a_disposable_stack_deletes_its_images(tmp_path: Path) -> None:
    context = copied(tmp_path / "a")
    for disposable in (False, True):
        cloud, _ = flink_image(context, disposable=disposable)
        assert {cloud.inputs(REPOSITORY, name)["forceDelete"] for name in cloud.names(REPOSITORY)} == {disposable}


def test_a_checkout_under_another_umask_is_no_change(tmp_path: Path) -> None:
    """The provider looks at modes too, and would build again what ECR then refuses under the same tag."""
    context = copied(tmp_path / "a")
    (context / "pom.xml").chmod(0o664)
    (context / "README.md").chmod(0o600)
    plain_modes(ingredients(context))
    assert (context / "pom.xml").stat().st_mode & 0o777 == 0o644
    # What the build does not see is nobody's business.
    assert (context / "README.md").stat().st_mode & 0o777 == 0o600
