"""A job that runs in a cluster: what the operator says of it, and whether every row of it is right."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.addresses import Aws, Login
from sandbox.athena.engine import Athena, QueryError
from sandbox.aws.local import aws_client
from sandbox.demo.changes import ChangeStream
from sandbox.demo.comparison import Comparison, compare
from sandbox.sample.sources import Sources
from tests.cluster.kubectl import Kubectl, Object, WaitedInVain
from tests.cluster.stack import JOB, LocalStack

TABLE = "iceberg_orders.enriched_orders_lake"
PODS = f"app={JOB},type=flink-native-kubernetes"
_STATE = "lake-state"


@dataclass(frozen=True)
class RunningJob:
    kubectl: Kubectl
    stack: LocalStack
    aws: Aws
    mysql: Login
    postgres: Login

    def wait_for(self, state: str, *, seconds: float, generation: int = 0) -> Object:
        """The FlinkDeployment once the operator says `state` of this generation or a later one."""

        def reached(found: Object | None) -> bool:
            status: Any = (found or {}).get("status") or {}
            return (
                status.get("lifecycleState") == state
                and status.get("observedGeneration", 0) >= generation
                and status.get("jobStatus", {}).get("state") == "RUNNING"
            )

        found = self.kubectl.wait("flinkdeployment", JOB, reached, what=f"{state} and running", seconds=seconds)
        assert found is not None
        return found

    def applied(self) -> int:
        """Apply the project as it is now; the generation that this makes."""
        self.kubectl.apply(self.stack.again(self.aws))
        found = self.kubectl.find("flinkdeployment", JOB)
        assert found is not None
        return found["metadata"]["generation"]

    def kill(self, component: str) -> None:
        """At once, without a chance to say goodbye."""
        selector = f"--selector={PODS},component={component}"
        self.kubectl.run("delete", "pods", selector, "--grace-period=0", "--force", "--wait=false")

    def change(self, count: int, *, seed: int, meanwhile: Callable[[int], None] = lambda _: None) -> None:
        """Commit changes to both sources, 20 a second."""
        stream = ChangeStream(self.mysql, "erpdb", self.postgres, "shipdb", seed=seed, rate=20)
        stream.run(count=count, on_change=lambda change: meanwhile(change.sequence))

    def must_agree(self, *, seconds: float) -> Comparison:
        """Every row of the lake against the sources, once they agree; raises `WaitedInVain`."""
        deadline = time.monotonic() + seconds
        with Athena(self.aws) as athena:
            while True:
                try:
                    comparison = compare(self._expected(), athena.rows(TABLE))
                    if comparison.equal:
                        return comparison
                    said = f"{comparison.rows_different} rows differ, like {comparison.examples}"
                except QueryError as error:
                    said = str(error)
                if time.monotonic() > deadline:
                    told = self.kubectl.told(self.kubectl.find("flinkdeployment", JOB))
                    raise WaitedInVain(f"{TABLE} is not like its sources after {seconds:g} s: {said}\n{told}")
                time.sleep(3)

    def savepoints(self) -> set[str]:
        """Those in the bucket of states, by the key of their metadata."""
        pages = aws_client(self.aws, "s3").get_paginator("list_objects_v2")
        found = pages.paginate(Bucket=_STATE, Prefix=f"{JOB}/savepoints/")
        keys = {each.get("Key", "") for page in found for each in page.get("Contents", [])}
        return {key for key in keys if key.endswith("/_metadata")}

    def _expected(self) -> list[dict[str, object]]:
        found = Sources.read(self.mysql, "erpdb", self.postgres, "shipdb")
        return [row._asdict() for row in found.all_enriched()]
