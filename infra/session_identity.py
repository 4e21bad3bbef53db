"""Who session jobs are: one AWS role and one Kubernetes account for all, since they share their pods."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import pulumi

from infra.further_catalogs import catalogs_of, places
from infra.iam_policy import Document, document, granted_role
from infra.job_identity import TRUST_PODS, account_of_pods, job_policy, state_statements
from infra.jobs import Job
from infra.kafka import KafkaCluster
from infra.settings.catalogs import CatalogSettings


class SessionIdentity(pulumi.ComponentResource):
    """A role that can do what any of the session's jobs can."""

    service_account: pulumi.Output[str]
    role_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        jobs: Sequence[Job],
        *,
        catalogs: Mapping[str, CatalogSettings],
        warehouse_arn: pulumi.Input[str],
        state_arn: pulumi.Input[str],
        files_arn: pulumi.Input[str] | None,
        kafka: Mapping[str, KafkaCluster],
        kms_key_arn: pulumi.Input[str],
        glue_arn: pulumi.Input[str],
        cluster_name: pulumi.Input[str],
        namespace: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """See `JobIdentity`."""
        super().__init__("lakehouse:index:SessionIdentity", name, None, opts)
        stack = pulumi.get_stack()
        arns = pulumi.Output.all(
            warehouse=warehouse_arn,
            state=state_arn,
            files=files_arn,
            kms_key=kms_key_arn,
            glue=glue_arn,
            kafka={source: each.arn for source, each in kafka.items()},
        )

        def policy(found: Mapping[str, Any]) -> Document:
            own = document(*state_statements(str(found["state"]), name))
            of_jobs = [
                job_policy(job, stack=stack, catalog_places=places(catalogs_of(job, catalogs)), **found) for job in jobs
            ]
            return united([own, *of_jobs])

        granted = granted_role(
            name,
            description="What the jobs of the Flink session cluster may do together",
            trust=TRUST_PODS,
            policy=arns.apply(policy),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.service_account = account_of_pods(
            name, granted, cluster_name=cluster_name, namespace=namespace, parent=self
        )
        self.role_arn = granted.role.arn
        self.register_outputs({"role_arn": self.role_arn})


def united(documents: Sequence[Document]) -> Document:
    """One policy that grants what each does. Statements of one name differ in their resources alone, and put together
    keep within the length of a role's policy (IAM quotas: 10,240 characters)."""
    found: dict[str, dict[str, Any]] = {}
    for statement in (statement for each in documents for statement in _statements(each)):
        before = found.setdefault(str(statement["Sid"]), statement)
        if before is statement:
            continue
        before["Resource"] = _each_once(before["Resource"], statement["Resource"])
        if "Condition" in statement:
            prefixes = _at(before)
            prefixes["s3:prefix"] = _each_once(prefixes["s3:prefix"], _at(statement)["s3:prefix"])
    return document(*found.values())


def _statements(of: Document) -> list[dict[str, Any]]:
    return [dict(statement) for statement in cast(list[dict[str, Any]], of["Statement"])]


def _at(statement: dict[str, Any]) -> dict[str, list[str]]:
    return cast(dict[str, list[str]], statement["Condition"]["StringLike"])


def _each_once(*lists: list[str]) -> list[str]:
    return list(dict.fromkeys(item for each in lists for item in each))
