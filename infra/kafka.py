"""Kafka as a job's source: where it is, and how a client shows who it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from infra.jobs import Job
from infra.settings import wrong_setting
from infra.settings.sources import KafkaSource, SourceSettings

SECURITY = {
    "iam": {
        "security-protocol": "SASL_SSL",
        "sasl-mechanism": "AWS_MSK_IAM",
        "sasl-jaas-config": "software.amazon.msk.auth.iam.IAMLoginModule required;",
        "sasl-callback-handler": "software.amazon.msk.auth.iam.IAMClientCallbackHandler",
    },
    # A client looks at none of the last three without SASL, but they must be of the right form.
    "none": {
        "security-protocol": "PLAINTEXT",
        "sasl-mechanism": "GSSAPI",
        "sasl-jaas-config": "",
        "sasl-callback-handler": "software.amazon.msk.auth.iam.IAMClientCallbackHandler",
    },
}
"""Kafka clients' options by a source's `authentication` (MSK developer guide: "Configure clients to use IAM access
control")."""

NO_USER = ":"
"""What a client tells a registry that asks for nobody's name: an empty user and password, which it looks past."""


@dataclass(frozen=True)
class KafkaCluster:
    """What jobs need to know of a cluster."""

    bootstrap_servers: pulumi.Input[str]
    arn: pulumi.Input[str] | None
    """What rights are granted on; None: nobody is asked who they are."""


def kafka_clusters(
    sources: Mapping[str, SourceSettings], jobs: Sequence[Job], own: KafkaCluster | None
) -> dict[str, KafkaCluster]:
    """The cluster of each Kafka source that a job reads; `own`: the stack's. Raises `ConfigurationError` where there is
    none."""
    read = sorted({read.source for job in jobs for read in job.manifest.reads if read.topics})
    return {name: cluster_of(name, source, own) for name in read if (source := sources[name]).engine == "kafka"}


def cluster_of(name: str, source: KafkaSource, own: KafkaCluster | None) -> KafkaCluster:
    """The cluster of the source of this name; raises `ConfigurationError` where there is none or no registry, or where
    clients would be let in otherwise than they would say who they are."""
    if source.registry is None:
        raise wrong_setting(f"sources.{name}.registry", "missing; it is the URL of the schema registry of its records")
    if source.bootstrap_servers is not None:
        return KafkaCluster(source.bootstrap_servers, source.cluster_arn)
    if own is None:
        raise wrong_setting(
            f"sources.{name}.bootstrap_servers",
            "missing; name those of an existing cluster, or let the stack have its own by the key 'streams'",
        )
    if source.authentication == "none":
        raise wrong_setting(
            f"sources.{name}.authentication",
            "'none', and the stack's own Kafka asks every client by IAM who it is; remove the key, "
            "or name another cluster by bootstrap_servers",
        )
    return own


def topics_of(jobs: Sequence[Job]) -> list[str]:
    """The topics that jobs read, each once."""
    return sorted({topic for job in jobs for read in job.manifest.reads for topic in read.topics})
