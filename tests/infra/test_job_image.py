"""The image of a job with code of its own: on top of the common one, and changed by nothing but that code."""

from pathlib import Path
from typing import Any

import pulumi
import pytest

from infra.flink_image import FlinkImage
from infra.job_image import JobImage
from infra.jobs import Job, load_jobs
from infra.settings.flink import ImageSettings
from tests.declared import Cloud, deploy, settings
from tests.infra.test_jobs import write_job

IMAGE = "docker-build:index:Image"
JAVA = {"pom.xml": "<project/>", "job.properties": "", "tables.sql": ""}
PYTHON = {"job.py": "import numpy", "requirements.lock": "numpy==1", "tables.sql": ""}
ELSEWHERE = f"registry/copy@sha256:{'1' * 64}"


def given(folder: Path, files: dict[str, str]) -> Job:
    write_job(folder / "jobs", files=files, **({"entry_class": "a.B"} if "pom.xml" in files else {}))
    for kind in ("job-java", "job-python", "flink"):
        (folder / "images" / kind).mkdir(parents=True)
        (folder / "images" / kind / "Dockerfile").write_text("FROM scratch\n")
    (folder / "images" / "flink" / "pom.xml").write_text("<project/>")
    (folder / "images" / "job-python" / "check_imports.py").write_text("")
    (job,) = load_jobs(folder / "jobs", settings())
    return job


def image(folder: Path, job: Job, **changes: Any) -> Cloud:
    def declare() -> None:
        common = FlinkImage(
            "flink",
            ImageSettings(),
            context=folder / "images" / "flink",
            disposable=True,
            opts=pulumi.ResourceOptions(),
        )
        made = JobImage(
            job,
            ImageSettings.model_validate(changes),
            common=common,
            jobs=folder / "jobs",
            images=folder / "images",
            disposable=True,
        )
        pulumi.export("reference", made.reference)

    return deploy(declare)


@pytest.mark.parametrize("files", [JAVA, PYTHON])
def test_it_is_built_on_the_common_image_for_every_processor(tmp_path: Path, files: dict[str, str]) -> None:
    cloud = image(tmp_path, given(tmp_path, files))
    built, common = cloud.inputs(IMAGE, "flink-copy"), cloud.inputs(IMAGE, "flink")
    assert built["platforms"] == common["platforms"]
    assert built["buildArgs"]["FLINK_IMAGE"].endswith(f"/flink@sha256:{'0' * 64}")
    assert cloud.program.outputs["reference"].endswith(f"/flink-copy@sha256:{'0' * 64}")


def tag(folder: Path, job: Job) -> str:
    (tagged,) = image(folder, job).inputs(IMAGE, "flink-copy")["tags"]
    return tagged


@pytest.mark.parametrize(
    ("files", "changed", "is_another"),
    [
        (JAVA, "jobs/copy/pom.xml", True),
        (JAVA, "jobs/copy/src/main/java/Job.java", True),
        (JAVA, "images/flink/pom.xml", True),
        (JAVA, "images/job-java/Dockerfile", True),
        # Mounted, so no image is built for it.
        (JAVA, "jobs/copy/job.properties", False),
        (JAVA, "jobs/copy/src/test/java/JobTest.java", False),
        # Only read by people, and by the program.
        (JAVA, "jobs/copy/plan.lock.json", False),
        (PYTHON, "jobs/copy/requirements.lock", True),
        (PYTHON, "images/job-python/check_imports.py", True),
        (PYTHON, "jobs/copy/tables.sql", False),
        (PYTHON, "jobs/copy/plan.lock.json", False),
    ],
)
def test_its_tag_changes_with_what_it_is_made_of(
    tmp_path: Path, files: dict[str, str], changed: str, is_another: bool
) -> None:
    job = given(tmp_path, files)
    before = tag(tmp_path, job)
    (tmp_path / changed).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / changed).write_text("something else")
    assert (tag(tmp_path, job) != before) == is_another


def test_one_that_was_built_elsewhere_is_taken_as_it_is(tmp_path: Path) -> None:
    cloud = image(tmp_path, given(tmp_path, JAVA), jobs={"copy": ELSEWHERE})
    assert cloud.program.outputs["reference"] == ELSEWHERE
    assert "flink-copy" not in cloud.names(IMAGE)
