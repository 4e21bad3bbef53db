"""The cluster that the environment names, with the sources of local/ and the stack's job in it."""

import os
import secrets
import shutil
from collections.abc import Iterator

import pytest

from sandbox.addresses import Aws
from sandbox.sample.generator import load
from tests.cluster.job import RunningJob
from tests.cluster.kubectl import Kubectl, KubectlFailed, Object
from tests.cluster.sample import ORDERS, SEED, databases
from tests.cluster.stack import JOB, LocalStack, sources

CONTEXT, IMAGE = "LAKEHOUSE_CLUSTER_CONTEXT", "LAKEHOUSE_CLUSTER_IMAGE"
_CRD = "flinkdeployments.flink.apache.org"


@pytest.fixture(scope="session")
def context() -> str:
    """A kubeconfig context whose cluster can run jobs. Who names one wants the tests, so then nothing is skipped."""
    named = os.environ.get(CONTEXT)
    if not named:
        pytest.skip(f"{CONTEXT} names no kubeconfig context: no cluster to test with (docs/local.md)")
    assert shutil.which("kubectl"), "there is no kubectl"
    assert os.environ.get(IMAGE), f"{IMAGE} names no image, by a digest that the cluster can pull (docs/local.md)"
    try:
        Kubectl(named, "default").run("get", "crd", _CRD, "--request-timeout=20s")
    except KubectlFailed as failure:
        pytest.fail(f"{CONTEXT}: the cluster has no Flink operator, or does not answer:\n{failure}")
    return named


@pytest.fixture(scope="module")
def job(context: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningJob]:
    """The job in a new namespace, applied and not waited for; nothing of it is left."""
    namespace = f"lakehouse-test-{secrets.token_hex(3)}"
    beside = f"{namespace}-sources"
    of_job, of_sources = Kubectl(context, namespace), Kubectl(context, beside)
    stack = LocalStack(
        tmp_path_factory.mktemp("local"),
        context=context,
        namespace=namespace,
        sources=beside,
        image=os.environ[IMAGE],
    )
    try:
        _make(of_job, restricted=True)
        _make(of_sources, restricted=False)
        of_sources.apply(sources(beside))
        for name in ("mysql", "postgres", "aws"):
            of_sources.wait("deployment", name, is_available, what="available", seconds=300)
        with databases(of_sources) as (mysql, postgres), of_sources.forward("aws", 5000) as endpoint:
            aws = Aws(f"http://127.0.0.1:{endpoint}", stack.region)
            load(mysql, "erpdb", postgres, "shipdb", orders=ORDERS, seed=SEED)
            stack.publish_entries(aws)
            of_job.apply(stack.first(aws))
            yield RunningJob(of_job, stack, aws, mysql, postgres)
    finally:
        # While its operator can still take the finalizer away: a namespace would wait for it for ever.
        of_job.run("delete", "flinkdeployment", JOB, "--ignore-not-found", "--timeout=240s", seconds=300)
        for each in (of_job, of_sources):
            each.run("delete", "namespace", each.namespace, "--ignore-not-found", "--timeout=240s", seconds=300)


def is_available(deployment: Object | None) -> bool:
    return bool((deployment or {}).get("status", {}).get("availableReplicas"))


def _make(kubectl: Kubectl, *, restricted: bool) -> None:
    labels = {"pod-security.kubernetes.io/enforce": "restricted"} if restricted else {}
    kubectl.apply(
        [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": kubectl.namespace, "labels": labels}}]
    )
