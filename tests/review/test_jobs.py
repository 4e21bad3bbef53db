"""From which state a job goes on, as the Flink Kubernetes Operator has it."""

import pytest

from review.jobs import Fate, JobChange, job_changes
from review.preview import Preview
from review.values import PLACEHOLDER as UNKNOWN
from tests.review.given import Document, document, job_varied, preview, varied

STATE = "s3://lake-state-6323ee4/enriched-orders"


def change(found: Preview) -> JobChange:
    (only,) = job_changes(found)
    assert only.name == "enriched-orders"
    return only


def test_an_edited_script_restarts_its_job_from_a_savepoint() -> None:
    found = change(preview("job-sql"))
    assert (found.fate, found.what, found.loses_state) == (Fate.RESTARTS, "restarts", False)
    assert f"`savepoint`: from a savepoint that it takes when it stops, below `{STATE}/savepoints`" in found.state
    assert "its last checkpoint, should it not run then" in found.state
    assert (found.why.texts, found.why.has_new_script) == (["`job.sql` changes"], True)


def test_more_parallelism_restarts_too() -> None:
    found = change(preview("parallelism"))
    assert (found.fate, found.why.has_new_script) == (Fate.RESTARTS, False)
    assert "`job.parallelism`: `1` → `2`" in found.why.texts
    assert '`ERPDB_SERVER_ID_ORDERS`: `"1437360800-1437360800"` → `"1437360800-1437360801"`' in found.why.texts


def test_without_the_fallback_only_a_running_job_is_upgraded() -> None:
    option = "kubernetes.operator.job.upgrade.last-state-fallback.enabled"
    found = job_varied("parallelism", lambda _, new: new["flinkConfiguration"].update({option: "false"}))
    assert "last checkpoint" not in change(found).state


def test_last_state_goes_on_from_the_last_checkpoint() -> None:
    found = change(preview("last-state"))
    assert found.state == f"`last-state`: from its last checkpoint, below `{STATE}/checkpoints`"
    assert not found.loses_state


def test_between_two_versions_of_flink_a_savepoint_is_taken() -> None:
    found = job_varied("last-state", lambda _, new: new.update(flinkVersion="v2_0"))
    assert change(found).state.startswith("`savepoint`: from a savepoint")


def test_state_lies_where_the_running_job_puts_it() -> None:
    elsewhere = {"state.savepoints.dir": "s3://other/savepoints", "state.checkpoints.dir": "s3://other/checkpoints"}
    for name in ("parallelism", "last-state"):
        found = job_varied(name, lambda _, new: new["flinkConfiguration"].update(elsewhere))
        assert STATE in change(found).state
        assert "s3://other" not in change(found).state


def test_a_directory_may_go_by_its_new_name_or_none() -> None:
    def rename(old: Document, _: Document) -> None:
        directory = old["flinkConfiguration"].pop("state.savepoints.dir")
        old["flinkConfiguration"]["execution.checkpointing.savepoint-dir"] = f"{directory}/new"

    assert f"below `{STATE}/savepoints/new`" in change(job_varied("parallelism", rename)).state
    gone = job_varied("parallelism", lambda old, _: old["flinkConfiguration"].pop("state.savepoints.dir"))
    assert "in the operator's default directory" in change(gone).state


@pytest.mark.parametrize("mode", ["stateless", None])
def test_a_stateless_restart_loses_state(mode: str | None) -> None:
    found = change(job_varied("stateless", lambda _, new: new["job"].update(upgradeMode=mode)))
    assert found.loses_state
    assert found.state == "`stateless`: **its state is lost**, it starts empty"


def test_a_change_of_the_upgrade_mode_alone_restarts_nothing_yet() -> None:
    found = change(preview("upgrade-mode"))
    assert (found.fate, found.what, found.loses_state) == (Fate.STAYS, "runs on", False)
    assert "**whatever restarts it from then on loses its state**" in found.state


def test_a_changed_annotation_restarts_nothing() -> None:
    found = change(preview("description"))
    assert (found.fate, found.what, found.state) == (Fate.STAYS, "runs on", "only labels or annotations change")


def test_an_image_that_is_not_built_yet_may_come_out_the_same() -> None:
    found = change(preview("image"))
    assert found.what == "restarts, unless what is unknown yet stays the same"
    assert any(text.startswith("`image`: ") and text.endswith("→ `unknown`") for text in found.why.texts)


def test_what_is_known_to_change_is_reason_enough() -> None:
    found = change(job_varied("image", lambda _, new: new["job"].update(parallelism=2)))
    assert found.what == "restarts"


def test_an_unknown_upgrade_mode_is_said_to_be_unknown() -> None:
    found = change(job_varied("parallelism", lambda _, new: new["job"].update(upgradeMode=UNKNOWN)))
    assert (found.state, found.loses_state) == ("**unknown**, as its upgradeMode is", False)


def test_a_suspended_job_keeps_a_savepoint_and_resumes_from_it() -> None:
    found = change(preview("suspended"))
    assert (found.fate, found.what, found.loses_state) == (Fate.STOPS, "is suspended", False)
    assert found.state.startswith(f"`savepoint`: stops with a savepoint below `{STATE}/savepoints`")
    found = change(preview("resumed"))
    assert (found.fate, found.what, found.loses_state) == (Fate.STARTS, "resumes", False)
    assert found.state == f"from the savepoint that it was suspended with, below `{STATE}/savepoints`"


def suspended_as(mode: str, then: str) -> JobChange:
    def change_modes(old: Document, new: Document) -> None:
        old["job"]["upgradeMode"], new["job"]["upgradeMode"] = mode, then

    return change(job_varied("resumed", change_modes))


def test_a_job_resumes_with_what_it_was_suspended_with() -> None:
    assert suspended_as("last-state", "savepoint").state == f"from its last checkpoint, below `{STATE}/checkpoints`"
    found = suspended_as("stateless", "savepoint")
    assert (found.state, found.loses_state) == ("starts empty: it was suspended as `stateless`", False)
    found = suspended_as("savepoint", "stateless")
    assert (found.state, found.loses_state) == ("`stateless`: **its state is lost**, it starts empty", True)


def test_a_stateless_suspension_loses_state() -> None:
    found = change(job_varied("suspended", lambda _, new: new["job"].update(upgradeMode="stateless")))
    assert (found.state, found.loses_state) == ("`stateless`: **its state is lost**", True)


def test_a_suspended_job_can_be_changed() -> None:
    found = change(
        job_varied("parallelism", lambda old, new: [each["job"].update(state="suspended") for each in (old, new)])
    )
    assert (found.fate, found.what) == (Fate.STAYS, "stays suspended")


def test_a_redeployed_job_drops_its_state() -> None:
    asked = {"savepointRedeployNonce": 1, "initialSavepointPath": "s3://lake-state/old"}
    found = change(job_varied("parallelism", lambda _, new: new["job"].update(asked)))
    assert (found.what, found.loses_state) == ("is redeployed", True)
    assert found.state == "**drops its state**; starts from the savepoint `s3://lake-state/old`"


def test_a_new_job_starts_empty() -> None:
    (found,) = job_changes(preview("new-job"))
    assert (found.name, found.fate, found.what, found.state) == ("second", Fate.STARTS, "is new", "starts empty")


def test_a_new_job_starts_from_a_savepoint_where_it_names_one() -> None:
    def start(found: Document, path: str, state: str = "running") -> None:
        (step,) = (each for each in found["steps"] if each["urn"].endswith(":FlinkDeployment::second"))
        step["newState"]["inputs"]["spec"]["job"].update(initialSavepointPath=path, state=state)

    (found,) = job_changes(varied("new-job", lambda found: start(found, "s3://lake-state/old")))
    assert found.state == "starts from the savepoint `s3://lake-state/old`"
    (found,) = job_changes(varied("new-job", lambda found: start(found, UNKNOWN)))
    assert found.state == "starts from a savepoint that is unknown yet"
    (found,) = job_changes(varied("new-job", lambda found: start(found, UNKNOWN, "suspended")))
    assert (found.fate, found.state) == (Fate.STAYS, "does not start")


def test_a_deleted_job_leaves_a_savepoint() -> None:
    found = change(preview("deleted-job"))
    assert (found.fate, found.what, found.loses_state) == (Fate.STOPS, "stops for good", False)
    assert found.state == f"leaves a savepoint below `{STATE}/savepoints`, which no later job finds by itself"


def test_a_deleted_job_that_takes_no_savepoint_loses_its_state() -> None:
    def forget(found: Document) -> None:
        (step,) = (each for each in found["steps"] if ":FlinkDeployment" in each["urn"])
        del step["oldState"]["inputs"]["spec"]["flinkConfiguration"]["kubernetes.operator.job.savepoint-on-deletion"]

    found = change(varied("deleted-job", forget))
    assert (found.state, found.loses_state) == ("**its state is lost**: no savepoint is taken", True)


def test_a_job_that_moves_is_made_anew_and_starts_empty() -> None:
    found = change(preview("moved-job"))
    assert (found.fate, found.what, found.loses_state) == (Fate.RESTARTS, "is deleted and made anew", True)
    assert found.state == f"**starts empty**; leaves a savepoint below `{STATE}/savepoints`"
    assert '`namespace`: `"flink"` → `"elsewhere"`' in found.why.texts


def test_a_job_that_moves_with_a_savepoint_keeps_its_state() -> None:
    path = f"{STATE}/savepoints/savepoint-1"
    found = change(job_varied("moved-job", lambda _, new: new["job"].update(initialSavepointPath=path)))
    assert (found.loses_state, found.state.partition(";")[0]) == (False, f"starts from the savepoint `{path}`")


def test_a_savepoint_in_a_bucket_that_goes_is_no_savepoint() -> None:
    bucket = {
        "op": "replace",
        "urn": "urn:pulumi:dev::flink-lakehouse::aws:s3/bucket:Bucket::lake-state",
        "oldState": {"custom": True, "id": "lake-state-6323ee4"},
        "newState": {"custom": True},
        "detailedDiff": None,
    }
    found = change(varied("parallelism", lambda found: found["steps"].append(bucket)))
    assert found.loses_state
    assert found.state.endswith("**but the bucket `lake-state-6323ee4`, where its state lies, is deleted or replaced**")


def test_a_job_whose_states_the_preview_leaves_out_is_unknown() -> None:
    def leave_out(found: Document) -> None:
        for step in found["steps"]:
            step.pop("oldState", None)

    assert "**unknown**" in change(varied("parallelism", leave_out)).state


def test_a_job_that_does_not_change_is_not_told() -> None:
    assert any(":FlinkDeployment" in step["urn"] for step in document("nothing")["steps"])
    assert job_changes(preview("nothing")) == []
