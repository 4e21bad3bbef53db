from dataclasses import replace
from pathlib import Path
from typing import Any

from infra.flink_deployment import Surroundings, metadata, spec
from infra.jobs import Job, load_jobs
from infra.placement import placement
from infra.settings.flink import FlinkSettings
from tests.declared import settings
from tests.infra.test_jobs import write_job
from tests.kubernetes_schemas import check, flink_problems

AROUND = Surroundings(
    image=f"registry/flink@sha256:{'0' * 64}",
    state_bucket="state",
    service_account="copy",
    files_config_map="copy-script-1",
    catalog_config_map="copy-catalogs-1",
    sources_secret="copy-sources",
    environment={"DATABASE_ORDERS": "iceberg_orders"},
    region="eu-west-1",
    endpoint=None,
    placement=placement(settings().cluster),
)


def job(folder: Path, **changes: Any) -> Job:
    write_job(folder, **changes)
    return load_jobs(folder, settings())[0]


def deployment(of: Job, **changes: Any) -> dict[str, Any]:
    made = spec(of, FlinkSettings(), AROUND) | changes
    return {"apiVersion": "flink.apache.org/v1beta1", "kind": "FlinkDeployment", "metadata": {}, "spec": made}


def test_the_upgrade_mode_is_the_jobs_or_else_the_stacks(tmp_path: Path) -> None:
    assert spec(job(tmp_path / "a"), FlinkSettings(), AROUND)["job"]["upgradeMode"] == "savepoint"
    own = job(tmp_path / "b", upgrade_mode="last-state")
    assert spec(own, FlinkSettings(), AROUND)["job"]["upgradeMode"] == "last-state"


def test_the_runner_is_told_what_job_yaml_promises(tmp_path: Path) -> None:
    arguments = spec(job(tmp_path), FlinkSettings(), AROUND)["job"]["args"]
    assert arguments == ["/opt/flink/job/job.sql", "--writes", "lake.iceberg_orders.copies=order_id"]


def test_pods_go_to_their_nodes_and_spread_over_zones(tmp_path: Path) -> None:
    made = spec(job(tmp_path), FlinkSettings(), AROUND)
    jobmanager, taskmanager = (made[kind]["podTemplate"]["spec"] for kind in ("jobManager", "taskManager"))
    assert jobmanager["nodeSelector"] == {"flink-lakehouse/nodes": "steady"}
    assert "tolerations" not in jobmanager
    assert taskmanager["nodeSelector"] == {"flink-lakehouse/nodes": "taskmanagers"}
    (toleration,) = taskmanager["tolerations"]
    assert (toleration["key"], toleration["value"]) == ("flink-lakehouse/nodes", "taskmanagers")
    (spread,) = taskmanager["topologySpreadConstraints"]
    assert spread["labelSelector"]["matchLabels"] == {"app": "copy", "component": "taskmanager"}


def test_an_existing_cluster_chooses_its_nodes_itself(tmp_path: Path) -> None:
    existing = settings(cluster={"name": "theirs", "existing": {}}).cluster
    made = spec(job(tmp_path), FlinkSettings(), replace(AROUND, placement=placement(existing)))
    assert set(made["taskManager"]["podTemplate"]["spec"]) == {"containers", "topologySpreadConstraints"}


def test_a_second_jobmanager_stands_by_where_the_stack_says_so(tmp_path: Path) -> None:
    assert spec(job(tmp_path), FlinkSettings(jobmanagers=2), AROUND)["jobManager"]["replicas"] == 2


def test_pods_can_change_nothing_that_they_run(tmp_path: Path) -> None:
    pod = spec(job(tmp_path), FlinkSettings(), AROUND)["podTemplate"]["spec"]
    (container,) = pod["containers"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    writable = {mount["mountPath"] for mount in container["volumeMounts"] if not mount.get("readOnly")}
    assert writable == {"/opt/flink/local-state", "/tmp", "/opt/flink/log"}
    assert pod["securityContext"]["runAsNonRoot"] is True


def test_labels_say_whose_job_it_is_and_what_it_promises(tmp_path: Path) -> None:
    two = [{"table": f"orders.{name}", "key": ["a"], "freshness": each} for name, each in (("x", "2min"), ("y", "90s"))]
    said = metadata(job(tmp_path, writes=two), disposable=False)
    assert said["annotations"]["flink-lakehouse/freshness"] == "90s"
    assert said["annotations"]["flink-lakehouse/owner"] == "a-team"
    assert said["labels"]["flink-lakehouse/environment"] == "production"


def test_what_the_crd_lets_pass_is_found(tmp_path: Path) -> None:
    good = job(tmp_path)
    check(deployment(good))
    for changes, said in (
        ({"image": "flink:1.20"}, "not pinned by digest"),
        ({"jobManager": {"resource": {"cpu": 1, "memory": "much"}}}, "jobManager: 'much' is not a memory size"),
        ({"flinkConfiguration": {"state.backend.tpye": "rocksdb"}}, "no such option"),
        ({"flinkConfiguration": {"execution.checkpointing.interval": "soon"}}, "is not a duration"),
        ({"job": {"upgradeMode": "last-state", "jarURI": "local:///x"}, "flinkConfiguration": {}}, "high availability"),
        ({"job": {"upgradeMode": "savepoint", "jarURI": "https://x/y.jar"}}, "is not in the image"),
    ):
        problems = list(flink_problems(deployment(good, **changes)))
        assert any(said in problem for problem in problems), (said, problems)
