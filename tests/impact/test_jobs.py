from typing import Any

from impact.jobs import Fate, JobVerdict, job_verdicts
from tests.impact.made import JOIN, MANIFEST, job, lock, project, replaced


def verdict(before: dict[str, Any], after: dict[str, Any], **project_after: Any) -> JobVerdict:
    (found,) = job_verdicts(project(job(**before)), project(job(**after), **project_after))
    return found


def manifest(**changes: Any) -> dict[str, Any]:
    return {"manifest": MANIFEST | changes}


def test_nothing_restarts_for_what_only_people_read() -> None:
    promised = [{"table": "orders.joined", "key": ["id"], "freshness": "1min", "description": "Orders"}]
    assert verdict({}, manifest(owner="other-team", description="…", writes=promised)).fate is Fate.UNCHANGED


def test_a_changed_script_with_the_same_state_restarts_from_a_savepoint() -> None:
    found = verdict({}, {"code": {"job.sql": "2"}})
    assert (found.fate, found.changes, found.fails) == (Fate.COMPATIBLE, ("job.sql",), False)


def test_with_last_state_it_restarts_in_place() -> None:
    mode = MANIFEST | {"upgrade_mode": "last-state"}
    found = verdict({"manifest": mode}, {"manifest": mode | {"resources": {"taskmanager": {"memory": "2g"}}}})
    assert (found.fate, found.changes) == (Fate.IN_PLACE, ("job.yaml: resources",))


def test_state_that_does_not_fit_fails_and_says_what_to_do() -> None:
    found = verdict({}, {"code": {"job.sql": "2"}, "lock": lock(*replaced(JOIN, key="ROW<BIGINT>"))})
    assert (found.fate, found.fails) == (Fate.INCOMPATIBLE, True)
    assert "kept by ROW<INT>" in found.reasons[0]
    assert found.remedies


def test_a_job_that_is_gone_moved_or_stateless_puts_its_state_at_risk() -> None:
    (gone,) = job_verdicts(project(job()), project())
    assert (gone.fate, gone.fails) == (Fate.DELETED, True)
    moved = verdict({}, manifest(mode="session"))
    assert (moved.fate, moved.fails) == (Fate.REPLACED, True)
    stateless = verdict({}, manifest(upgrade_mode="stateless"))
    assert (stateless.fate, stateless.fails) == (Fate.REPLACED, True)
    (new,) = job_verdicts(project(), project(job()))
    assert (new.fate, new.fails) == (Fate.NEW, False)


def test_parallelism_is_free_up_to_what_the_state_is_divided_into() -> None:
    assert verdict({}, manifest(parallelism=4)).fate is Fate.COMPATIBLE
    assert verdict({}, manifest(parallelism=128)).fate is Fate.COMPATIBLE
    too_many = verdict({}, manifest(parallelism=129))
    assert too_many.fate is Fate.INCOMPATIBLE
    assert "divided into 128 parts, and its parallelism would be 129" in too_many.reasons[0]
    explicit = verdict({}, manifest(flink={"pipeline.max-parallelism": "64"}))
    assert explicit.fate is Fate.INCOMPATIBLE


def test_what_the_plans_cannot_tell_is_unknown_and_does_not_fail() -> None:
    no_lock = verdict({"lock": None, "problem": "it has no plan.lock.json"}, {"code": {"job.sql": "2"}})
    assert (no_lock.fate, no_lock.fails) == (Fate.UNKNOWN, False)
    assert "the plan before isn't known: it has no plan.lock.json" in no_lock.reasons
    flink = verdict({}, {"code": {"job.sql": "2"}, "lock": lock(flink="2.0")})
    assert flink.fate is Fate.UNKNOWN
    connectors = verdict({}, {}, image={"images/flink/pom.xml": "1", "images/flink/jars.sha256": "2"})
    assert connectors.fate is Fate.UNKNOWN
    backend = verdict({}, manifest(flink={"state.backend.type": "rocksdb"}))
    assert backend.fate is Fate.UNKNOWN


def test_a_program_that_changes_beside_state_that_cannot_be_seen_is_unknown() -> None:
    unseen = lock(*replaced(JOIN, state=None))
    changed = verdict({"code": {"job.py": "1"}, "lock": unseen}, {"code": {"job.py": "2"}, "lock": unseen})
    assert changed.fate is Fate.UNKNOWN


def test_the_stack_file_restarts_whom_it_concerns() -> None:
    settings = project().settings
    other_source = {**settings, "sources": {"erpdb": {"engine": "mysql"}, "other": {"engine": "postgres"}}}
    assert verdict({}, {}, settings=other_source).fate is Fate.UNCHANGED
    own_source = {**settings, "sources": {"erpdb": {"engine": "mysql", "secret": "another"}}}
    assert verdict({}, {}, settings=own_source).changes == ("the stack file: sources.erpdb",)
    interval = {**settings, "flink": {"checkpoint_interval": "30s"}}
    assert verdict({}, {}, settings=interval).changes == ("the stack file: flink",)
    restored = {**settings, "flink": {"restore_from": {"another": "s3://state/another/savepoints/1"}}}
    assert verdict({}, {}, settings=restored).fate is Fate.UNCHANGED


def test_an_image_restarts_those_that_run_it() -> None:
    image = {"images/flink/pom.xml": "1", "images/job-python/Dockerfile": "2"}
    assert verdict({}, {}, image=image).fate is Fate.UNCHANGED
    assert verdict({}, {}, image={"images/flink/pom.xml": "2"}).changes == ("the image (images/flink/pom.xml)",)
