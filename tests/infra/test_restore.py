from pathlib import Path

import pytest

from infra.errors import ConfigurationError
from infra.flink_deployment import spec
from infra.jobs import Job, load_jobs
from infra.restore import check_restored
from infra.settings.flink import FlinkSettings
from tests.declared import settings
from tests.infra.test_flink_deployment import AROUND, deployment
from tests.infra.test_jobs import write_job
from tests.kubernetes_schemas import check

SAVEPOINT = "s3://lake-state-1a2b3c4/copy/savepoints/savepoint-1a2b3c-0123456789ab"


def job(folder: Path) -> Job:
    write_job(folder)
    return load_jobs(folder, settings())[0]


def restored(folder: Path, savepoint: str | None) -> dict[str, object]:
    chosen = FlinkSettings(restore_from={"copy": savepoint} if savepoint else {})
    return spec(job(folder), chosen, AROUND)["job"]


def test_the_operator_is_told_the_savepoint_and_a_number_of_its_own(tmp_path: Path) -> None:
    first = restored(tmp_path / "a", SAVEPOINT)
    other = restored(tmp_path / "b", f"{SAVEPOINT}-2")
    assert (first["initialSavepointPath"], other["initialSavepointPath"]) == (SAVEPOINT, f"{SAVEPOINT}-2")
    nonce = first["savepointRedeployNonce"]
    assert isinstance(nonce, int)
    assert 0 < nonce < 2**53
    assert nonce != other["savepointRedeployNonce"]
    assert restored(tmp_path / "c", SAVEPOINT)["savepointRedeployNonce"] == nonce
    check(deployment(job(tmp_path / "d"), job=first))


def test_without_one_nothing_is_said_of_it(tmp_path: Path) -> None:
    assert not {"initialSavepointPath", "savepointRedeployNonce"} & restored(tmp_path, None).keys()


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"copi": SAVEPOINT}, "flink.restore_from.copi: there is no job 'copi' in jobs/; did you mean 'copy'?"),
        (
            {"copy": SAVEPOINT.replace("/copy/", "/other/")},
            "is not the job's own: it may read s3://<state bucket>/copy/…",
        ),
    ],
)
def test_what_could_not_be_restored_is_an_error(tmp_path: Path, named: dict[str, str], said: str) -> None:
    chosen = settings(flink={"restore_from": named})
    with pytest.raises(ConfigurationError) as error:
        check_restored(chosen, [job(tmp_path)], stack="dev")
    assert said in str(error.value)


def test_a_job_of_the_stack_is_restored_from_its_own(tmp_path: Path) -> None:
    check_restored(settings(flink={"restore_from": {"copy": SAVEPOINT}}), [job(tmp_path)], stack="dev")


def test_a_path_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="restore_from"):
        FlinkSettings(restore_from={"copy": "savepoint-1a2b3c"})
