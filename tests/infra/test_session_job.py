"""Session jobs: what changes with a script, what they share with others, and what is refused."""

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pulumi
import pytest

from infra.errors import ConfigurationError
from infra.flink_job import FlinkJob, JobSettings, Platform
from infra.jobs import load_jobs
from infra.session import build_session
from infra.session_identity import united
from sandbox.cloud import Declared
from tests.declared import Cloud, deploy, needed_by, settings
from tests.infra.test_flink_job import TOPIC, bucket
from tests.infra.test_jobs import refused, write_job
from tests.kubernetes_schemas import check, session_job_problems

SCRIPT = "CREATE TABLE IF NOT EXISTS lake.`${database.orders}`.copies (order_id INT);\nINSERT INTO t SELECT 1;"
CATALOG = {"type": "jdbc", "secret": "test/catalog", "database": "iceberg", "warehouse": "s3://theirs/tables"}


def session_job(folder: Path, name: str, *, script: str = SCRIPT, **manifest: Any) -> None:
    write = {"table": f"orders.{name}", "key": ["order_id"], "freshness": "30s"}
    write_job(folder, name, files={"job.sql": script}, **{"mode": "session", "writes": [write]} | manifest)


def declared(folder: Path, **stack: Any) -> Cloud:
    chosen = settings(**{"flink": {"session": {}}} | stack)
    jobs = load_jobs(folder, chosen)

    def declare() -> None:
        platform = Platform(
            cluster_name="test",
            namespace="flink",
            images={job.name: f"registry/flink@sha256:{'0' * 64}" for job in jobs},
            kafka={},
            warehouse=bucket("lake"),
            state=bucket("state"),
            files=bucket("files"),
            kms_key_arn="arn:aws:kms:eu-west-1:123456789012:key/k",
            glue_arn="arn:aws:glue:eu-west-1:123456789012",
            account_id="123456789012",
            optimizer_role_arn="arn:aws:iam::123456789012:role/optimizers",
            topics={"a-team": TOPIC},
            no_metrics_alarm="no-metrics",
        )
        of_jobs = JobSettings.of(chosen)
        platform = replace(platform, session=build_session(jobs, of_jobs, platform, opts=pulumi.ResourceOptions()))
        for job in jobs:
            FlinkJob(job, of_jobs, platform)

    return deploy(declare)


def jobs_of(cloud: Cloud) -> dict[str, Declared]:
    return {each.name: each for each in cloud.program.of_kind("FlinkSessionJob")}


def cluster_of(cloud: Cloud) -> Declared:
    (cluster,) = [each for each in cloud.program.of_kind("FlinkDeployment") if "job" not in each.inputs["spec"]]
    return cluster


def policy_of(cloud: Cloud) -> dict[str, Any]:
    return json.loads(cloud.inputs("aws:iam/rolePolicy:RolePolicy", "session")["policy"])


def test_the_cluster_and_its_jobs_are_what_the_operators_crds_take(tmp_path: Path) -> None:
    for name in ("one", "two"):
        session_job(tmp_path, name)
    cloud = declared(tmp_path)
    for each in (cluster_of(cloud), *jobs_of(cloud).values()):
        check(each.inputs)
    assert {job.inputs["spec"]["deploymentName"] for job in jobs_of(cloud).values()} == {"session"}


def test_an_edit_of_a_script_changes_its_own_job_and_nothing_else(tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    for folder, said in ((before, "1"), (after, "2")):
        session_job(folder, "edited", script=SCRIPT.replace("SELECT 1", f"SELECT {said}"))
        session_job(folder, "other")
    clouds = [declared(folder) for folder in (before, after)]
    both = [{each.urn: each.inputs for each in cloud.program.resources} for cloud in clouds]
    changed = [urn for urn in both[0] if both[0][urn] != both[1].get(urn)]
    assert set(both[0]) == set(both[1])
    assert [urn.rsplit("::", 2)[-1] for urn in changed] == ["edited"]
    assert "FlinkSessionJob" in changed[0]


def test_its_script_and_what_is_unique_to_it_are_arguments_and_no_secret_is(tmp_path: Path) -> None:
    session_job(tmp_path, "one")
    session_job(tmp_path, "two")
    arguments = {name: job.inputs["spec"]["job"]["args"] for name, job in jobs_of(declared(tmp_path)).items()}
    assert arguments["one"][:2] == ["--script-text", SCRIPT]
    variables = {
        name: dict(value.split("=", 1) for flag, value in pairwise(given) if flag == "--variable")
        for name, given in arguments.items()
    }
    assert variables["one"]["DATABASE_ORDERS"] == "iceberg_orders"
    assert variables["one"]["ERPDB_SERVER_ID_ORDERS"] != variables["two"]["ERPDB_SERVER_ID_ORDERS"]
    assert not [name for name in variables["one"] if name.endswith(("PASSWORD", "USERNAME", "HOST"))]
    assert arguments["one"][-2:] == ["--writes", "lake.iceberg_orders.one=order_id"]


def test_its_runner_is_in_the_image_since_the_operator_submits_an_empty_jar(tmp_path: Path) -> None:
    session_job(tmp_path, "one")
    spec = jobs_of(declared(tmp_path))["one"].inputs["spec"]
    assert "jarURI" not in spec["job"]
    assert spec["flinkConfiguration"]["pipeline.classpaths"] == "file:///opt/flink/usrlib/sql-runner.jar"


def test_state_is_each_jobs_own_and_the_clusters_configuration_has_none_of_it(tmp_path: Path) -> None:
    session_job(tmp_path, "one", upgrade_mode="last-state", flink={"table.exec.state.ttl": "1 d"})
    cloud = declared(tmp_path)
    own, cluster = jobs_of(cloud)["one"].inputs["spec"], cluster_of(cloud).inputs["spec"]["flinkConfiguration"]
    assert own["flinkConfiguration"]["state.checkpoints.dir"] == "s3://state/one/checkpoints"
    assert own["flinkConfiguration"]["table.exec.state.ttl"] == "1 d"
    assert own["job"]["upgradeMode"] == "last-state"
    assert cluster["high-availability.storageDir"] == "s3://state/session/ha"
    # What a session cluster says of checkpoints would be said for every job.
    assert not [option for option in cluster if option.startswith(("state.", "execution.", "pipeline.", "restart"))]
    # The operator submits by the REST call that this option opens.
    assert cluster["web.submit.enable"] == "true"


def test_the_pods_have_the_secrets_of_all_their_jobs_once(tmp_path: Path) -> None:
    session_job(tmp_path, "one")
    session_job(tmp_path, "two", reads=[{"source": "shipdb", "tables": ["t"]}, {"source": "erpdb", "tables": ["u"]}])
    (secret,) = declared(tmp_path).program.of_kind("ExternalSecret")
    names = [entry["secretKey"] for entry in secret.inputs["spec"]["data"]]
    assert len(names) == len(set(names)) == 8


def test_a_source_that_is_new_to_the_cluster_is_another_secret_and_so_other_pods(tmp_path: Path) -> None:
    session_job(tmp_path / "a", "one")
    session_job(tmp_path / "b", "one")
    session_job(tmp_path / "b", "two", reads=[{"source": "shipdb", "tables": ["t"]}])
    session_job(tmp_path / "c", "one")
    session_job(tmp_path / "c", "two")
    pods = [cluster_of(declared(tmp_path / folder)).inputs["spec"]["podTemplate"] for folder in "abc"]
    assert pods[0] != pods[1]
    assert pods[0] == pods[2]


def test_one_role_can_do_what_each_job_could_and_knows_each_statement_once(tmp_path: Path) -> None:
    session_job(tmp_path, "one")
    session_job(tmp_path, "two", catalogs=["onprem"])
    policy = policy_of(declared(tmp_path, catalogs={"onprem": CATALOG}))
    statements = {each["Sid"]: each for each in policy["Statement"]}
    assert len(statements) == len(policy["Statement"])
    assert set(statements["State"]["Resource"]) == {
        f"arn:aws:s3:::state/{name}/*" for name in ("session", "one", "two")
    }
    assert {"one/*", "two/*"} < set(statements["ListState"]["Condition"]["StringLike"]["s3:prefix"])
    assert {"arn:aws:s3:::lake/iceberg_orders/one/*", "arn:aws:s3:::lake/iceberg_orders/two/*"} == set(
        statements["Data"]["Resource"]
    )
    assert "arn:aws:s3:::theirs/tables/*" in json.dumps(policy)
    assert len(json.dumps(policy)) < 10_240


def test_statements_of_one_name_are_put_together() -> None:
    first, second = (
        {"Statement": [{"Sid": "State", "Effect": "Allow", "Action": ["a"], "Resource": ["x", name]}]} for name in "yz"
    )
    assert united([first, second])["Statement"][0]["Resource"] == ["x", "y", "z"]
    assert first["Statement"][0]["Resource"] == ["x", "y"]


def test_a_job_with_a_cluster_of_its_own_keeps_its_identity_beside_a_session(tmp_path: Path) -> None:
    session_job(tmp_path, "one")
    write_job(tmp_path, "alone")
    cloud = declared(tmp_path)
    assert set(cloud.names("kubernetes:core/v1:ServiceAccount")) == {"alone", "session"}
    assert set(jobs_of(cloud)) == {"one"}


def test_alarms_and_optimizers_come_once_the_session_job_runs(tmp_path: Path) -> None:
    session_job(tmp_path, "one")
    cloud = declared(tmp_path)
    job, cluster = jobs_of(cloud)["one"], cluster_of(cloud)
    tended = [*cloud.program.of_kind("MetricAlarm"), *cloud.program.of_kind("CatalogTableOptimizer")]
    assert tended
    assert all({job.urn, cluster.urn} <= needed_by(each, cloud.program) for each in tended)
    (grant,) = cloud.program.of_kind("Permissions")
    assert "session" in grant.inputs["principal"]
    assert grant.urn in needed_by(job, cloud.program)


def test_a_production_session_is_protected_with_its_jobs(tmp_path: Path) -> None:
    session_job(tmp_path, "one")
    for disposable in (False, True):
        cloud = declared(tmp_path, disposable=disposable)
        assert {each.protect for each in (cluster_of(cloud), jobs_of(cloud)["one"])} == {not disposable}


def test_without_a_session_job_there_is_no_cluster(tmp_path: Path) -> None:
    write_job(tmp_path)
    cloud = declared(tmp_path)
    assert [each.name for each in cloud.program.of_kind("FlinkDeployment")] == ["copy"]


def test_a_session_job_needs_a_session(tmp_path: Path) -> None:
    session_job(tmp_path, "one")
    assert "mode: a session job needs the stack's flink.session" in refused(tmp_path)


def test_only_a_script_can_be_a_session_job(tmp_path: Path) -> None:
    java = {"pom.xml": "", "job.properties": "", "tables.sql": ""}
    write_job(tmp_path, "one", files=java, mode="session", entry_class="a.B")
    assert "mode: only a SQL job can be a session job" in refused(tmp_path, flink={"session": {}})


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("resources", {"taskmanager": {"cpu": 1, "memory": "2g"}}, "resources: a session job has none"),
        ("flink", {"taskmanager.memory.managed.fraction": "0.2"}, "a session job shares with others"),
    ],
)
def test_what_belongs_to_processes_is_not_a_session_jobs(tmp_path: Path, key: str, value: Any, said: str) -> None:
    session_job(tmp_path, "one", **{key: value})
    assert said in refused(tmp_path, flink={"session": {}})


def test_no_job_is_called_as_the_cluster_is(tmp_path: Path) -> None:
    session_job(tmp_path, "session")
    with pytest.raises(ConfigurationError, match="the cluster is called 'session', and so is jobs/session"):
        declared(tmp_path)


def test_memory_with_which_flink_cannot_start_is_refused(tmp_path: Path) -> None:
    session_job(tmp_path, "one")
    with pytest.raises(ValueError, match="too little for a TaskManager"):
        settings(flink={"session": {"taskmanager": {"cpu": 1, "memory": "512m"}}})


def test_what_the_operator_would_refuse_of_a_session_job_is_found(tmp_path: Path) -> None:
    session_job(tmp_path, "one")
    good = jobs_of(declared(tmp_path))["one"].inputs
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"job": {**good["spec"]["job"], "jarURI": "s3://jars/job.jar"}}, "fetches by https alone"),
        ({"flinkConfiguration": {}}, "no place for savepoints"),
        ({"flinkConfiguration": {"state.savepoints.dir": "s3://x"}}, "neither a jarURI nor pipeline.classpaths"),
    )
    for changes, said in wrong:
        problems = list(session_job_problems({**good, "spec": {**good["spec"], **changes}}))
        assert any(said in problem for problem in problems), problems
